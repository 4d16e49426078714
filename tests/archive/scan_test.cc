#include <torchhub/archive/scan.h>
#include <torchhub/tests/archive/attack.h>

#include <zlib.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

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
  EXPECT_TRUE(scan(npy("'<f8'", std::string(16, '8'))).is_other);
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

// numpy takes a type by any of its names, and any way of Python to write a text.
TEST(Scan, TakesForNumbersOnlyWhatNumpyWritesForThem) {
  const std::string evil = pickle(global("posix", "system"));
  for (const char* descr :
       {"'object'", "u'\\x4f'", "'|' 'O'", "'O8'", "'f4,O'", "('O', (1,))", "'<f4', 'descr': '|O'",
        "[('a', [('b', '|O')])]", "[('a', '<f4', (2,)), ('b', 'object')]", "b'O'", "'\\x7cO'",
        "[('a\\x62', '<f4')]"}) {
    EXPECT_EQ(scan(npy(descr, evil)).reason, "posix.system at byte 2") << descr;
    EXPECT_EQ(scan(torch_zip(pickle("N"), {{.name = "archive/x.npy", .content = npy(descr, evil)}}))
                  .cause,
              ScanCause::code)
        << descr;
  }
  // numpy.load reads from an archive what it is asked for by name, also a storage.
  for (const bool deflate : {false, true}) {
    const auto storage = [&](const std::string& content) {
      return scan(torch_zip(pickle("N"),
                            {{.name = "archive/data/7", .content = content, .deflate = deflate}}));
    };
    EXPECT_EQ(storage(npy("'O'", evil)).cause, ScanCause::code);
    EXPECT_TRUE(storage(npy("'<f4'", "12345678")).is_safe);
  }
  for (const auto& [descr, bytes] : std::vector<std::pair<const char*, std::size_t>>{
           {"'<f8'", 16},
           {"'|b1'", 2},
           {"'<U3'", 24},
           {"'|S5'", 10},
           {"'<M8[ns]'", 16},
           {"'>c16'", 32},
           {"'|V3'", 6},
           {"[('a', '<f4'), ('O', '<i8', (2, 3))]", 104},
           {"[(('title', 'a'), '|u1')]", 2},
           {"[('a', [('b', '|u1'), ('c', '<i2')])]", 6},
           {"[]", 0}}) {
    EXPECT_TRUE(scan(npy(descr, std::string(bytes, 'c'))).is_other) << descr;
    // numpy.load, called once more, goes on behind the array.
    EXPECT_EQ(scan(npy(descr, std::string(bytes, 'c') + evil)).reason,
              "behind an array: posix.system at byte 2")
        << descr;
    EXPECT_TRUE(scan(npy(descr, std::string(bytes, 'c') + npy("'|b1'", "12"))).is_other) << descr;
    EXPECT_TRUE(scan(npy(descr, std::string(bytes, 'c') + "\1\2")).is_other) << descr;
  }
  EXPECT_EQ(scan(npy("'<f8'", std::string(16, '8') + npy("'O'", evil))).reason,
            "behind an array: posix.system at byte 2");
}

std::string compressed(const std::string& text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// joblib and pandas unpack what they open.
TEST(Scan, LooksIntoStreams) {
  const std::string evil = pickle(global("posix", "system"));
  const std::string text = "a text, and " + std::string(9000, 'x');
  for (const int kind : {15, 31}) {
    EXPECT_EQ(scan(compressed(evil, kind)).reason, "posix.system at byte 2");
    EXPECT_EQ(scan(compressed("cposix\nsystem\n.", kind)).cause, ScanCause::code);
    EXPECT_TRUE(scan(compressed(pickle("]"), kind)).is_safe);
    EXPECT_TRUE(scan(compressed("a text", kind)).is_other);
    EXPECT_TRUE(scan(compressed(text, kind)).is_other);
    // One stream behind another is read as one file.
    EXPECT_EQ(scan(compressed("", kind) + compressed(evil, kind)).cause, ScanCause::code);
    EXPECT_EQ(scan(compressed(evil.substr(0, 5), kind) + compressed(evil.substr(5), kind)).cause,
              ScanCause::code);
    EXPECT_EQ(scan(compressed(compressed(evil, kind), kind)).cause, ScanCause::code);
    EXPECT_EQ(scan(compressed(npy("'object'", evil), kind)).cause, ScanCause::code);
    EXPECT_EQ(scan(tests::build_zip({{.name = "m.pkl", .content = compressed(evil, kind)}})).cause,
              ScanCause::code);
    EXPECT_EQ(
        scan(torch_zip(pickle("N"), {{.name = "archive/m", .content = compressed(evil, kind)}}))
            .cause,
        ScanCause::code);
    // A reader of pickles has read it before it learns that there is no more.
    const std::string whole = compressed(evil, kind);
    EXPECT_EQ(scan(whole.substr(0, whole.size() - 6)).cause, ScanCause::code);
    const std::string cut = compressed(pickle("]"), kind);
    EXPECT_FALSE(scan(cut.substr(0, cut.size() - 6)).is_safe);
    EXPECT_FALSE(scan(cut.substr(0, cut.size() - 6)).is_other);
    const std::string bomb = compressed(pickle("]" + std::string(std::size_t{3} << 20, '0')), kind);
    EXPECT_THAT(scan(bomb).reason, HasSubstr("longer than is allowed"));
    EXPECT_FALSE(scan(bomb).is_other);
  }
  EXPECT_TRUE(scan("x^2 + y^2\n").is_other);
  EXPECT_EQ(scan("x^2 + y^2\n").reason, "it is a text file");
  // Python's gzip does not look at a header's flags and checksum, zlib does.
  std::string marked = compressed(evil, 31);
  marked[3] = '\xE0';
  EXPECT_FALSE(scan(marked).is_other);
  EXPECT_EQ(cause(marked), "unreadable");
}

TEST(Scan, PassesOverNothingThatIsPackedInAWayOfItsOwn) {
  for (const std::string& file :
       {"\xFD\x37zXZ\0"s, "BZh91AY"s, "\x28\xB5\x2F\xFD\4\0"s, "\x04\x22\x4D\x18\x64"s,
        "ZF0x1f               x\x9C"s, "ZF0x1f                x\x9C"s,
        "\x50\x2A\x4D\x18\0\0\0\0\x28\xB5\x2F\xFD\4\0\0\0"s,
        "\x5D\0\0\x80\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\x31"s,
        "\x6C\0\0\xC0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\x31"s,
        "\x5D\0\0\1\0\x2C\1\0\0\0\0\0\0\0\x31"s}) {
    for (const Scan& result :
         {scan(file), scan(tests::build_zip({{.name = "m.pkl", .content = file}})),
          scan(torch_zip(pickle("N"), {{.name = "archive/m.pkl", .content = file}}))}) {
      EXPECT_EQ(result.cause, ScanCause::unreadable) << testing::PrintToString(file);
      EXPECT_FALSE(result.is_other) << testing::PrintToString(file);
      EXPECT_THAT(result.reason, HasSubstr("not unpacked"));
    }
  }
  EXPECT_TRUE(scan("\x5D\0\0\x81\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\x31"s).is_other);
}

// With a header's checksum that tarfile takes, which it reads by int(), and numbers with or without a sign.
std::string as_tar(std::string file, const char* format, bool with_signs = false) {
  file.replace(148, 8, "        ");
  long sum = 0;
  for (std::size_t i = 0; i < 512; ++i)
    sum += with_signs ? static_cast<signed char>(file[i]) : static_cast<unsigned char>(file[i]);
  char octal[16];
  std::snprintf(octal, sizeof octal, format, static_cast<unsigned long>(std::labs(sum)));
  return file.replace(148, 8, std::string(octal).substr(0, 8) + std::string(8, '\0'), 0, 8);
}

TEST(Scan, RefusesWhatTorchFindsATarArchiveIn) {
  const std::string tail(1024, '\0');
  for (const std::string& begin :
       {"\x89PNG\r\n\x1A\n"s, "\xFF\xD8\xFF\xE0"s, "GGUF\3\0\0\0"s, "\x89HDF\r\n"s, "a text\n"s,
        "<!doctype html>"s,
        "\x7F"
        "ELF\2"s,
        "\x1F\x8B\x08"s,
        "\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"s,
        "{\"weight_map\": {\"a\": \"b\"}}"s, "version https://git-lfs"s, "PK\5\6"s, "README\0"s,
        "\x80\2]."s}) {
    for (const char* format :
         {"%06lo", "0o%lo", "0O%lo", "0_%lo", "+%lo", " %lo", "\t%lo", "%lo "}) {
      const Scan result = scan(as_tar(begin + std::string(600, 'x') + tail, format));
      EXPECT_FALSE(result.is_other || result.is_safe) << begin << " " << format;
      EXPECT_THAT(result.reason, HasSubstr("tar ")) << begin << " " << format;
    }
  }
  // By bytes with their signs, and below zero.
  EXPECT_FALSE(scan(as_tar("a text\n" + std::string(600, '\xC3'), "-%lo", true)).is_other);
  EXPECT_TRUE(scan(as_tar("a text\n" + std::string(600, 'x'), "%lo9")).is_other == false);
  EXPECT_TRUE(scan(as_tar("a text\n" + std::string(600, 'x'), "7%lo")).is_other);
}

// torch.hub asks zipfile, which looks for an archive at the end, whatever the file begins with.
TEST(Scan, PassesOverNothingThatEndsAsAZipArchive) {
  const std::string zip = tests::build_zip({{.name = "m", .content = pickle("N")}});
  for (const std::string& begin :
       {"\x89PNG\r\n\x1A\n"s, "a text\n"s, "GGUF\3\0\0\0"s, "\1\2\3"s, "<html>"s}) {
    EXPECT_TRUE(scan(begin).is_other) << begin;
    const Scan result = scan(begin + zip);
    EXPECT_FALSE(result.is_other) << begin;
    EXPECT_THAT(result.reason, HasSubstr("a zip archive as well")) << begin;
  }
  const std::string header = R"({"w":{"dtype":"U8","shape":[)" + std::to_string(zip.size()) +
                             R"(],"data_offsets":[0,)" + std::to_string(zip.size()) + "]}}";
  EXPECT_THAT(scan(little_endian(header.size(), 8) + header + zip).reason,
              HasSubstr("a zip archive as well"));
}

// A safetensors file whose length begins as a text does that reaches into the header, and whose header hops
// over itself from text to text until its data.
std::string hopping_safetensors(const std::string& data) {
  constexpr std::size_t kFirst = 30;
  constexpr std::size_t kHeader = 'X' + (kFirst << 8);
  const std::string tail = R"("},"w":{"dtype":"U8","shape":[)" + std::to_string(data.size()) +
                           R"(],"data_offsets":[0,)" + std::to_string(data.size()) + "]}}";
  std::string header = R"({"__metadata__":{"a":")";
  header.resize(5 + kFirst - 8, 'x');
  while (kHeader - header.size() > 200) header += "U" + std::string(1, 'c') + std::string('c', 'x');
  const std::size_t half = (kHeader - header.size()) / 2;
  header += "U" + std::string(1, static_cast<char>(half - 2)) + std::string(half - 2, 'x');
  const std::size_t rest = kHeader - header.size() - 2;
  header += "U" + std::string(1, static_cast<char>(rest)) + std::string(rest - tail.size(), 'x');
  header += tail;
  return little_endian(header.size(), 8) + header + data;
}

TEST(Scan, RefusesASafetensorsFileThatIsAPickleAsWell) {
  for (const std::string& data :
       {"cposix\nsystem\n(S'id'\ntR."s, "X\2\0\0\0osX\6\0\0\0system\x93."s, "(iposix\nsystem\n."s,
        // One name after another that no module has would be of no use.
        "\x95\6\0\0\0\0\0\0\0X\x28\0\0\0a"s + std::string(60, 'x')}) {
    const std::string file = hopping_safetensors(data);
    EXPECT_EQ(scan(file).reason, "it is a pickle as well") << testing::PrintToString(data);
    EXPECT_FALSE(scan(torch_zip(pickle("N"), {{.name = "archive/x", .content = file}})).is_safe);
  }
  const Scan plain = scan(hopping_safetensors("nothing"));
  EXPECT_TRUE(plain.is_safe) << plain.reason;
  EXPECT_TRUE(
      scan(torch_zip(pickle("N"), {{.name = "archive/x", .content = hopping_safetensors("n")}}))
          .is_safe);
  // A length that begins as a name does, and data with the ends of lines: no module has zeros in its name.
  std::string header = R"({"w":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}})";
  header.resize('c', ' ');
  EXPECT_TRUE(scan(little_endian('c', 8) + header + "aaaa\nbbbb\ncccc\n.").is_safe);
}

// CPython's unpickler in C, before 3.13.15 and from a file, drops the rest of the frame and reads on behind.
TEST(Scan, PassesOverNoPickleThatCrossesAFrame) {
  const std::string evil = "cposix\nsystem\n(S'id'\ntR.";
  for (const std::string& begin : {""s, "\x80\4"s}) {
    for (const std::string& crossing :
         {"\x95\6\0\0\0\0\0\0\0X\x28\0\0\0a"s + std::string(39, 'b') + "!0",
          "\x95\3\0\0\0\0\0\0\0\x8C\x28"
          "a"s +
              std::string(39, 'b') + "!0",
          "\x95\3\0\0\0\0\0\0\0NI1!\n1\n0"s, "\x95\2\0\0\0\0\0\0\0J12340"s,
          "\x95\3\0\0\0\0\0\0\0N\x95\1\1\0\0\0\0\0\0\0N0"s}) {
      const std::string file = begin + crossing + evil;
      EXPECT_FALSE(scan(file).is_other || scan(file).is_safe) << testing::PrintToString(file);
      EXPECT_FALSE(scan(torch_zip(pickle("N"), {{.name = "archive/x", .content = file}})).is_safe)
          << testing::PrintToString(file);
    }
  }
  // A frame that is longer than the file, which no reader takes; one that nothing crosses.
  EXPECT_TRUE(scan("\x95\xFF\0\0\0\0\0\0\0XXX!"s).is_other);
  EXPECT_TRUE(scan("\x95\2\0\0\0\0\0\0\0K\1!"s).is_other);
}

// What changes a class or a function changes it for the whole program; a name on the list is no leave to do
// anything with it.
TEST(Scan, JudgesWhatIsDoneByAllowedNames) {
  const std::string state = "(N}" + text("update") + global("builtins", "list") + "st" + "b";
  const std::string dict = "}" + text("x") + "K\1s" + "b";
  for (const auto& [module, name] : std::vector<std::pair<std::string, std::string>>{
           {"collections", "Counter"},
           {"collections", "OrderedDict"},
           {"pathlib", "PurePath"},
           {"torch", "UntypedStorage"},
           {"torch", "FloatStorage"},
           {"torch.distributed.tensor._dtensor_spec", "DTensorSpec"},
           {"torch.distributed.tensor.placement_types", "Shard"},
           {"torch._utils", "_rebuild_parameter"},
           {"torch.serialization", "_get_layout"},
           {"torch.torch_version", "TorchVersion"},
           {"builtins", "set"}}) {
    for (const std::string& change : {state, dict}) {
      const Scan result = scan(torch_zip(pickle(global(module, name) + change)));
      EXPECT_EQ(result.cause, ScanCause::code) << name;
      EXPECT_EQ(result.reason, "a change of " + module + "." + name + " itself at byte " +
                                   std::to_string(module.size() + name.size() + change.size() + 4));
      EXPECT_FALSE(result.globals.back().is_allowed);
      EXPECT_EQ(cause(pickle(global(module, name) + change)), "code") << name;
    }
  }
  // By a class that is refused for its name, too: whoever allows the name allows no change of the class.
  const Scan own = scan(torch_zip(pickle(global("own", "Model") + dict)));
  EXPECT_EQ(own.globals.back().name, "a change of own.Model itself");
  // What a class or a function is given alone may not be given to it by a call, and the other way round.
  const auto called = [&](const std::string& module, const std::string& name,
                          const std::string& arguments) {
    return scan(torch_zip(pickle(global(module, name) + arguments)));
  };
  const std::string mesh = "torch.distributed.device_mesh";
  EXPECT_EQ(called(mesh, "DeviceMesh", "(" + text("cpu") + "](K\1etR").reason,
            "a call of torch.distributed.device_mesh.DeviceMesh at byte " +
                std::to_string(2 + 1 + mesh.size() + 1 + 10 + 1 + 1 + 5 + 3 + 6));
  EXPECT_EQ(called(mesh, "DeviceMesh", ")R").cause, ScanCause::code);
  EXPECT_TRUE(called(mesh, "DeviceMesh", ")\x81}b").is_safe);
  EXPECT_EQ(scan(torch_zip(pickle("(i" + mesh + "\nDeviceMesh\n"))).cause, ScanCause::code);
  EXPECT_TRUE(called("builtins", "slice", "(K\1K\2NtR").is_safe);
  EXPECT_EQ(called("builtins", "slice", "(K\1K\2NtR](K\1ea").cause, ScanCause::unreadable);
  for (const auto& [module, name, arguments] : std::vector<std::array<std::string, 3>>{
           {"_codecs", "encode", "(" + text("a") + text("zip") + "tR"},
           {"builtins", "bytes", "(K\1tR"},
           {"builtins", "dict", "(]tR"},
           {"torch", "FloatStorage", "(K\1tR"},
           {"torch", "float32", ")R"},
           {"builtins", "slice", "(K\1K\2NtR)R"},
           {"torch.distributed.tensor", "DTensor", ")R"}}) {
    const Scan result = called(module, name, arguments);
    EXPECT_EQ(result.cause, ScanCause::unreadable) << name;
    EXPECT_FALSE(result.is_complete) << name;
    EXPECT_THAT(result.reason,
                testing::AnyOf(HasSubstr("the pickle calls"), HasSubstr("than latin1")))
        << name;
    for (const ScannedGlobal& used : result.globals) EXPECT_TRUE(used.is_allowed) << used.name;
  }
  EXPECT_EQ(cause(torch_zip(pickle("]}" + text("x") + "K\1sb"))), "unreadable");
}

TEST(Scan, TakesNoNameForAListOfWords) {
  for (const char* file : {"cthis\nX", "cthis\nX\n", "(ithis\nX", "cthis\nX"})
    EXPECT_FALSE(scan(file).is_other) << file;
  EXPECT_TRUE(scan("import os\n").is_other);
  EXPECT_TRUE(scan("cats and\ndogs").is_other);
}

TEST(Scan, TellsWhatIsNeitherCheckpointNorPickle) {
  for (const std::string& file :
       {"# A model\n"s, "cats and dogs\nplay\n"s, "cat\ndog\nIguana\nbird\n"s,
        "click\nnumpy\ntorch\n"s, "cat\ndog\nant\nbird\n"s, "import torch\nprint('x')\n"s,
        "cls: 3\nb: 4\n"s, "cmake_minimum_required(VERSION 3)\nproject(x)\nadd_library(b)"s,
        "id\nlabel\n"s, "{\"a\": 1}"s, "<html>"s, "<Error/>"s,
        "GGUF\3\0\0\0"s + std::string(99, '\0'), std::string(600, '\0'), ""s, "\1\2\3"s}) {
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
