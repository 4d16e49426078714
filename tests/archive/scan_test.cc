#include <torchhub/archive/scan.h>
#include <torchhub/tests/archive/attack.h>

#include <cstdio>
#include <utility>

namespace torchhub::archive {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

Scan scan(const std::string& file) { return scan_checkpoint(std::as_bytes(std::span(file))); }

TEST(Scan, NamesEveryGlobalAndWhereItIs) {
  const Scan result =
      scan(torch_zip(pickle("(" + global("collections", "OrderedDict") + global("posix", "system") +
                            text("id") + "\x85R" + global("sys", "exit") + ")Rt")));
  EXPECT_FALSE(result.is_safe);
  EXPECT_EQ(result.reason, "posix.system at byte 28");
  ASSERT_EQ(result.globals.size(), 3u);
  EXPECT_EQ(result.globals[0].name, "collections.OrderedDict");
  EXPECT_TRUE(result.globals[0].is_allowed);
  EXPECT_EQ(result.globals[0].offset, 3u);
  EXPECT_FALSE(result.globals[1].is_allowed);
  EXPECT_EQ(result.globals[2].name, "sys.exit");
}

TEST(Scan, IsSafeForWhatIsRead) {
  const Scan result = scan(twelve_floats_zip(kWhole));
  EXPECT_TRUE(result.is_safe) << result.reason;
  EXPECT_EQ(result.reason, "");
  EXPECT_EQ(result.format, FileFormat::zip);
}

TEST(Scan, ReadsPicklesThatTorchDidNotWrite) {
  EXPECT_EQ(scan(pickle(global("posix", "system") + text("id") + "\x85R")).reason,
            "posix.system at byte 2");
  // Protocol 0, which begins with no number.
  EXPECT_EQ(scan("cposix\nsystem\n(S'id'\ntR.").reason, "posix.system at byte 0");
  EXPECT_EQ(scan("(iposix\nsystem\n.").reason, "posix.system at byte 1");
  EXPECT_TRUE(scan(pickle("}")).is_safe);
}

// torch.load looks for a tar archive first, torch.hub for a zip archive at a file's end.
TEST(Scan, IsNotSafeForAFileThatIsTwo) {
  std::string file = pickle("X" + little_endian(600, 4) + std::string(600, 'x'));
  EXPECT_TRUE(scan(file).is_safe);
  EXPECT_FALSE(scan(file.substr(0, file.size() - 1) + "(N1." + torch_zip(pickle("N"))).is_safe);
  file.replace(148, 8, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(file[i]);
  char octal[8];
  std::snprintf(octal, sizeof octal, "%07o", sum);
  file.replace(148, 7, octal, 7);
  EXPECT_EQ(scan(file).reason, "it is a tar archive as well");
}

// A scanner that stops at the damage, and a loader that does not get that far.
TEST(Scan, IsNotSafeForWhatCannotBeRead) {
  const std::string evil = pickle(global("posix", "system") + text("id") + "\x85R");
  EXPECT_EQ(scan(torch_zip(evil.substr(0, evil.size() - 3))).reason, "posix.system at byte 2");
  EXPECT_FALSE(scan(torch_zip(pickle("NN"))).is_safe);
  EXPECT_FALSE(scan("nothing of the kind").is_safe);
  EXPECT_FALSE(scan("").is_safe);
  const Scan wrong_crc =
      scan(tests::build_zip({{.name = "a/data.pkl", .content = pickle("N"), .crc32 = 7},
                             {.name = "a/version", .content = "3"}}));
  EXPECT_FALSE(wrong_crc.is_safe);
  EXPECT_THAT(wrong_crc.reason, HasSubstr("CRC"));
}

TEST(Scan, LooksIntoZipsAroundCheckpoints) {
  const std::string inner = torch_zip(pickle(global("posix", "system")));
  for (const bool deflate : {false, true})
    EXPECT_EQ(
        scan(tests::build_zip({{.name = "m.pth", .content = inner, .deflate = deflate}})).reason,
        "posix.system at byte 2");
}

std::string cause(const std::string& file) { return std::string(name_of(scan(file).cause)); }

TEST(Scan, TellsWhatAFileWouldDoFromWhatIsDamaged) {
  const std::string evil = global("posix", "system") + text("id") + "\x85R";
  EXPECT_EQ(cause(torch_zip(pickle(evil))), "code");
  EXPECT_EQ(cause(pickle(evil)), "code");
  // What comes before the damage counts.
  EXPECT_EQ(cause(torch_zip(pickle(evil).substr(0, 20))), "code");
  EXPECT_EQ(cause(torch_zip(pickle("NN"))), "unreadable");
  EXPECT_EQ(cause(pickle("]")), "");
  EXPECT_EQ(cause(pickle("]a")), "unreadable");
  EXPECT_EQ(cause(twelve_floats_zip(kWhole).substr(0, 60)), "unreadable");
  EXPECT_EQ(cause(twelve_floats_zip(kWhole)), "");
  EXPECT_EQ(cause(""), "unreadable");
  // A table of a legacy file that calls.
  EXPECT_EQ(cause("\x80\x02\x8A\x0Al\xFC\x9C\x46\xF9 j\xA8P\x19.\x80\x02M\xE9\x03." +
                  pickle(global("posix", "system"))),
            "code");
}

TEST(Scan, FindsPicklesInZipsOfAnyKind) {
  const std::string evil = pickle(global("posix", "system") + text("id") + "\x85R");
  const std::string oldest = "cposix\nsystem\n(S'id'\ntR.";
  for (const bool deflate : {false, true}) {
    for (const std::string& content : {evil, oldest, torch_zip(evil)}) {
      const Scan alone =
          scan(tests::build_zip({{.name = "m", .content = content, .deflate = deflate}}));
      EXPECT_THAT(alone.reason, testing::StartsWith("posix.system at byte "));
      const Scan beside = scan(torch_zip(
          pickle("N"), {{.name = "archive/extra/x.txt", .content = content, .deflate = deflate}}));
      EXPECT_THAT(beside.reason, testing::StartsWith("archive/extra/x.txt: posix.system at byte "));
      EXPECT_EQ(beside.cause, ScanCause::code);
      EXPECT_TRUE(beside.is_complete);
      const Scan several =
          scan(tests::build_zip({{.name = "a", .content = "nothing"},
                                 {.name = "b", .content = content, .deflate = deflate}}));
      EXPECT_THAT(several.reason, testing::StartsWith("b: posix.system at byte "));
      EXPECT_FALSE(several.is_other);
      EXPECT_EQ(several.globals.back().name, "posix.system");
    }
  }
}

TEST(Scan, TakesNoStorageForAPickle) {
  const std::string evil = pickle(global("posix", "system"));
  for (const char* name : {"archive/data/0", "archive/data/12", "archive/constants/3"})
    EXPECT_TRUE(scan(torch_zip(pickle("N"), {{.name = name, .content = evil}})).is_safe) << name;
  for (const char* name : {"archive/data/0x", "archive/data", "archive/more/3", "archive/data/a/3",
                           "archive/x/data/3"})
    EXPECT_FALSE(scan(torch_zip(pickle("N"), {{.name = name, .content = evil}})).is_safe) << name;
}

TEST(Scan, LooksBesideACheckpointThatSomethingTrails) {
  const std::string evil = pickle(global("posix", "system"));
  const std::string file =
      torch_zip(pickle("N"), {{.name = "archive/extra.pkl", .content = evil}}) + "\n";
  EXPECT_EQ(scan(file).reason, "archive/extra.pkl: posix.system at byte 2");
  EXPECT_TRUE(scan(torch_zip(pickle("N")) + "\n").is_safe);
}

TEST(Scan, WeighsCodeMoreThanDamage) {
  const std::string evil = pickle(global("posix", "system"));
  const Scan result = scan(tests::build_zip({{.name = "a", .content = pickle("NN")},
                                             {.name = "b", .content = evil},
                                             {.name = "c", .content = pickle("NN")}}));
  EXPECT_EQ(result.reason, "b: posix.system at byte 2");
  EXPECT_EQ(result.cause, ScanCause::code);
  const Scan damaged = scan(
      tests::build_zip({{.name = "a", .content = "x"}, {.name = "b", .content = pickle("NN")}}));
  EXPECT_EQ(damaged.cause, ScanCause::unreadable);
  EXPECT_THAT(damaged.reason, testing::StartsWith("b: "));
  EXPECT_FALSE(damaged.is_other);
}

TEST(Scan, BoundsWhatItInflates) {
  // A value pushed and dropped, again and again.
  std::string body;
  for (std::size_t i = 0; i < std::size_t{3} << 19; ++i) body += "N0";
  const auto beside = [](const std::string& content) {
    return tests::build_zip(
        {{.name = "a", .content = "x"}, {.name = "b", .content = content, .deflate = true}});
  };
  const Scan bomb = scan(beside(pickle(body + "]")));
  EXPECT_EQ(bomb.cause, ScanCause::unreadable);
  EXPECT_THAT(bomb.reason, HasSubstr("longer than is allowed"));
  const std::string evil = beside(pickle(body.substr(0, 5000) + global("posix", "system")));
  EXPECT_EQ(scan(evil).cause, ScanCause::code);
  const Scan limited =
      scan_checkpoint(std::as_bytes(std::span(evil)), OpenOptions().max_inflated_bytes(1000));
  EXPECT_EQ(limited.cause, ScanCause::unreadable);
  const std::string large = pickle("]" + std::string(100'000, 'N'));
  const Scan within = scan_checkpoint(std::as_bytes(std::span(std::as_const(large))),
                                      OpenOptions().max_pickle_bytes(1000));
  EXPECT_THAT(within.reason, HasSubstr("longer than is allowed"));
  std::string nested = torch_zip(pickle(global("posix", "system")));
  for (int i = 0; i < 5; ++i)
    nested = tests::build_zip({{.name = "a", .content = nested}, {.name = "b", .content = "x"}});
  EXPECT_EQ(scan(nested).cause, ScanCause::unreadable);
}

std::string npy(const std::string& descr, const std::string& data, bool is_wide = false) {
  const std::string header = "{'descr': " + descr + ", 'fortran_order': False, 'shape': (2,), }\n";
  return std::string("\x93NUMPY") + (is_wide ? "\2" : "\1") + '\0' +
         little_endian(header.size(), is_wide ? 4 : 2) + header + data;
}

TEST(Scan, ReadsThePicklesOfNumpysArrays) {
  const std::string evil = pickle(global("posix", "system"));
  for (const bool is_wide : {false, true}) {
    for (const char* descr : {"'|O'", "[('a', '<f4'), ('b', 'O')]"}) {
      EXPECT_EQ(scan(npy(descr, evil, is_wide)).reason, "posix.system at byte 2") << descr;
      EXPECT_TRUE(scan(npy(descr, pickle("]"), is_wide)).is_safe) << descr;
      EXPECT_EQ(cause(npy(descr, pickle("]a"), is_wide)), "unreadable") << descr;
    }
  }
  EXPECT_TRUE(scan(npy("'<f8'", "12345678")).is_other);
  EXPECT_TRUE(scan("\x93NUMPY\1\0\xFF\xFF{"s).is_other);
  const Scan archive =
      scan(tests::build_zip({{.name = "a.npy", .content = npy("'<f8'", "12345678")},
                             {.name = "b.npy", .content = npy("'|O'", evil)}}));
  EXPECT_EQ(archive.reason, "b.npy: posix.system at byte 2");
  const Scan numbers =
      scan(tests::build_zip({{.name = "a.npy", .content = npy("'<f8'", "12345678")},
                             {.name = "b.npy", .content = npy("'<f8'", "12345678")}}));
  EXPECT_TRUE(numbers.is_other);
  EXPECT_EQ(numbers.format, FileFormat::numpy_archive);
}

TEST(Scan, TellsWhatIsNeitherCheckpointNorPickle) {
  for (const std::string& file :
       {"# A model\n"s, "cats and dogs\nplay\n"s, "cat\ndog\nIguana\nbird\n"s,
        "click\nnumpy\ntorch\n"s, "cat\ndog\nant\nbird\n"s, "import torch\nprint('x')\n"s,
        "cls: 3\nb: 4\n"s, "cmake_minimum_required(VERSION 3)\nproject(x)\nadd_library(b)"s,
        "id\nlabel\n"s, "{\"a\": 1}"s, "<html>"s, "<Error/>"s,
        "GGUF\3\0\0\0"s + std::string(99, '\0'), std::string(600, '\0'), "\xFD\x37zXZ\0"s,
        "BZh91AY"s, ""s, "\1\2\3"s}) {
    const Scan result = scan(file);
    EXPECT_TRUE(result.is_other) << file;
    EXPECT_FALSE(result.is_safe) << file;
    EXPECT_EQ(result.cause, ScanCause::unreadable) << file;
    EXPECT_TRUE(result.globals.empty()) << file;
  }
  // What stands for weights, or was some.
  for (const std::string& file :
       {"version https://git-lfs.github.com/spec/v1\noid"s, pickle("NN"),
        twelve_floats_zip(kWhole).substr(0, 50), "\x10\0\0\0\0\0\0\0{\""s})
    EXPECT_FALSE(scan(file).is_other) << file;
}

// Whatever a file looks like at its beginning, and whatever our own machine makes of it, a name that a
// reader of pickles comes to is no other file.
TEST(Scan, TakesNothingForAnotherFileThatAPickleReaderFollows) {
  const std::string evil = "cposix\nsystem\n(S'id'\ntR.";
  for (const std::string& file :
       std::vector<std::string>{"GGUF\3\0\0\0\0"s + evil,
                                "K\0\0\0TFL3"s.substr(0, 2) + "0" + evil,
                                "C\1a\x98\x30"s + evil,
                                "I1\n0" + evil,
                                "F1.5\n0" + evil,
                                "L12345678901234567890123L\n0" + evil,
                                "V\\ud800\n0" + evil,
                                "S'a'\np0\n0" + evil,
                                "U\1\xFF"
                                "0"s +
                                    evil,
                                "\x8C\1\xFF"
                                "0"s +
                                    evil,
                                "]q\0r\0\0\0\x7F\x94"s + "0" + evil,
                                "((((1" + evil,
                                "N2N\x85\x86"
                                "0"s +
                                    evil,
                                "\x8F(K\1\x90"
                                "0"s +
                                    evil,
                                "\x96\1\0\0\0\0\0\0\0a0"s + evil,
                                "\x95\1\0\0\0\0\0\0\0N0"s + evil,
                                "(S'id'\niposix\nsystem\n."s,
                                "(cposix\nsystem\nS'id'\no."s,
                                "\x8C\5posix\x8C\6system\x93\x8C\2id\x85R."s,
                                "X\2\0\0\0os2\x93."s,
                                evil.substr(0, evil.size() - 3) + "R",
                                "cposix\nsystem\nN}b",
                                "cposix\nsystem\n)\x81."s,
                                "P1\ncposix\nsystem\n(S'id'\ntR."s}) {
    const Scan result = scan(file);
    EXPECT_FALSE(result.is_other) << testing::PrintToString(file);
    EXPECT_FALSE(result.is_safe) << testing::PrintToString(file);
  }
}

TEST(Scan, ReadsAPickleBehindAnotherFilesSignature) {
  const std::string evil = "cposix\nsystem\n(S'id'\ntR.";
  for (const std::string& file : {"GGUF\3\0\0\0\0"s + evil, "K\0N"s + evil}) {
    const Scan result = scan(file);
    EXPECT_EQ(result.cause, ScanCause::code) << testing::PrintToString(file);
    EXPECT_EQ(result.format, FileFormat::bare_pickle);
  }
}

TEST(Scan, ReadsTheNotesOnATorchScript) {
  const std::string notes = pickle(global("torch.jit._pickle", "build_intlist") + "](K\1e\x85R");
  for (const char* name : {"archive/code/m.py.debug_pkl", "archive/traced_inputs.pkl"}) {
    const auto script = [&](const std::string& content) {
      return scan(torch_zip(pickle("N"), {{.name = "archive/constants.pkl", .content = pickle(")")},
                                          {.name = name, .content = content}}));
    };
    EXPECT_TRUE(script(notes).is_safe) << script(notes).reason;
    EXPECT_TRUE(script(pickle("NN")).is_safe);
    EXPECT_EQ(script(pickle(global("posix", "system"))).cause, ScanCause::code);
  }
}

TEST(Lenient, ReadsWhatItDoesNotKnowWithoutMakingIt) {
  const std::string body = global("evil", "Model") + ")\x81}(" + text("_parameters") + "}" +
                           text("w") + kWhole + "s" + text("_buffers") + "}" + text("_modules") +
                           "}" + text("sub") + global("evil", "Layer") + ")\x81}" + text("b") +
                           kWhole + "sbsub";
  EXPECT_EQ(attack_pickle(body).code, errc::refused_global);
  const Checkpoint checkpoint = open_bytes(twelve_floats_zip(body), OpenOptions().lenient(true));
  EXPECT_EQ(checkpoint.root().kind(), Value::Kind::object);
  EXPECT_EQ(checkpoint.root().string(), "evil.Model");
  ASSERT_EQ(checkpoint.tensors().size(), 2u);
  EXPECT_EQ(checkpoint.tensors()[0].name, "w");
  EXPECT_EQ(checkpoint.tensors()[1].name, "sub.b");
}

}  // namespace
}  // namespace torchhub::archive
