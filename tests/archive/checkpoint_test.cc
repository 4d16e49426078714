#include <torchhub/archive/zip_directory.h>
#include <torchhub/tests/archive/attack.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <sstream>
#include <vector>

namespace torchhub::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

static_assert(ByteSource<MappedFile>);
static_assert(ByteSource<MemorySource>);
static_assert(!ByteSource<std::string>);

Checkpoint open(const std::string& file) { return open_bytes(file); }

Failure failure_of(const std::string& file) {
  return tests::failure_of([&] { open(file); });
}

Failure failure_of_pickle(const std::string& body) { return failure_of(torch_zip(pickle(body))); }

TEST(Checkpoint, IsReadFromAFile) {
  const Checkpoint checkpoint =
      open_checkpoint("hub/examples/digits_release/digit_reader-c0f7955a.pth");
  ASSERT_EQ(checkpoint.tensors().size(), 6u);
  EXPECT_EQ(checkpoint.storage_count(), 6u);
  const TensorInfo& first = checkpoint.tensors()[0];
  EXPECT_EQ(first.name, "features.0.weight");
  EXPECT_EQ(first.dtype, DType::float32);
  EXPECT_THAT(first.shape, ElementsAre(32, 1, 3, 3));
  EXPECT_THAT(first.stride, ElementsAre(9, 9, 3, 1));
  EXPECT_EQ(first.bytes(), 1152u);
  EXPECT_EQ(first.file_offset % 64, 0u);
  EXPECT_EQ(checkpoint.bytes("scores.bias").size(), 40u);
  const std::string file =
      tests::read_file("hub/examples/digits_release/digit_reader-c0f7955a.pth");
  const std::span<const std::byte> bytes = checkpoint.bytes("features.0.weight");
  EXPECT_EQ(file.substr(first.file_offset, 1152),
            std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// In time that grows with the file, however many names it has.
TEST(Checkpoint, TellsTheFirstOfManyRefusedNames) {
  constexpr int kNames = 100'000;
  std::string names = "(";
  for (int i = 0; i < kNames; ++i)
    names += global("some", "name" + std::to_string(i % (kNames - 1)));
  const auto start = std::chrono::steady_clock::now();
  const Failure failure = failure_of_pickle(names + "t");
  EXPECT_EQ(failure.code, errc::refused_global);
  EXPECT_THAT(failure.sentence, HasSubstr("; in all it names some.name0, some.name1, some.name2,"));
  EXPECT_THAT(failure.sentence, HasSubstr("some.name7 and 99991 more"));
  if (!tests::kIsSanitized && !tests::is_emulated()) {
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  }
}

TEST(Checkpoint, PrintsItsDtypesAndShapes) {
  std::ostringstream out;
  const std::vector<std::int64_t> sizes = {64, 3};
  out << DType::boolean << ' ' << Shape(sizes) << ' ' << Shape();
  EXPECT_EQ(out.str(), "bool 64 x 3 scalar");
}

TEST(Checkpoint, KeepsViewsAndSharedStorages) {
  // {'row': t[1], 'column': t[:, 1], 'all': t} of a 3 x 4 tensor.
  const std::string body = "}(" + text("row") + tensor(kTwelve, 4, tuple(4), tuple(1)) +
                           text("column") + tensor(kTwelve, 1, tuple(3), tuple(4)) + text("all") +
                           tensor(kTwelve, 0, tuple(3, 4), tuple(4, 1)) + "u";
  const Checkpoint checkpoint = open(twelve_floats_zip(body));
  ASSERT_EQ(checkpoint.tensors().size(), 3u);
  EXPECT_EQ(checkpoint.storage_count(), 1u);
  const auto row = checkpoint.bytes("row");
  float first = 0;
  std::memcpy(&first, row.data(), sizeof first);
  EXPECT_EQ(first, 4.0f);
  EXPECT_EQ(row.size(), 16u);
  EXPECT_EQ(tests::failure_of([&] { checkpoint.bytes("column"); }).code, errc::not_contiguous);
  EXPECT_EQ(tests::failure_of([&] { checkpoint.bytes("none"); }).code, errc::no_such_tensor);
  EXPECT_EQ(checkpoint.find("column")->storage_offset, 1u);
}

TEST(Checkpoint, NamesTensorsByTheirPath) {
  const std::string one = tensor(kTwelve, 0, tuple(1), tuple(1));
  const std::string body = "}(" + text("model") + "}" + text("w") + one + "s" + text("list") +
                           "](" + one + one + "e" + text("epoch") + integer(7) + text("lr") +
                           "G\x3f\xb9\x99\x99\x99\x99\x99\x9a" + text("name") + text("x") +
                           text("none") + "N" + text("yes") + "\x88u";
  const Checkpoint checkpoint = open(twelve_floats_zip(body));
  std::vector<std::string> names;
  for (const TensorInfo& info : checkpoint.tensors()) names.emplace_back(info.name);
  EXPECT_THAT(names, ElementsAre("model.w", "list.0", "list.1"));
  const auto entries = checkpoint.root().entries();
  ASSERT_EQ(entries.size(), 7u);
  EXPECT_EQ(entries[2].second.integer(), 7);
  EXPECT_EQ(entries[3].second.real(), 0.1);
  EXPECT_EQ(entries[4].second.string(), "x");
  EXPECT_EQ(entries[5].second.kind(), Value::Kind::none);
  EXPECT_TRUE(entries[6].second.boolean());
}

TEST(Checkpoint, MayBeATensorAlone) {
  const Checkpoint checkpoint = open(twelve_floats_zip(tensor(kTwelve, 0, tuple(12), tuple(1))));
  ASSERT_EQ(checkpoint.tensors().size(), 1u);
  EXPECT_EQ(checkpoint.tensors()[0].name, "");
  EXPECT_EQ(checkpoint.bytes("").size(), 48u);
}

TEST(Checkpoint, KnowsScalarsAndEmptyTensors) {
  const std::string body = "}(" + text("scalar") + tensor(kTwelve, 11, "(t", "(t") + text("empty") +
                           tensor(kTwelve, 12, tuple(0, 5), tuple(5, 1)) + text("expanded") +
                           tensor(kTwelve, 0, tuple(1 << 30, 1 << 30), tuple(0, 0)) + "u";
  const Checkpoint checkpoint = open(twelve_floats_zip(body));
  EXPECT_EQ(checkpoint.bytes("scalar").size(), 4u);
  EXPECT_EQ(checkpoint.bytes("empty").size(), 0u);
  EXPECT_EQ(checkpoint.find("expanded")->numel(), std::uint64_t{1} << 60);
  EXPECT_EQ(tests::failure_of([&] { checkpoint.bytes("expanded"); }).code, errc::not_contiguous);
}

TEST(Checkpoint, RefusesTensorsOutsideTheirStorage) {
  const auto refused = [](std::int32_t offset, const std::string& shape,
                          const std::string& stride) {
    return failure_of(twelve_floats_zip(tensor(kTwelve, offset, shape, stride))).code ==
           errc::damaged_checkpoint;
  };
  EXPECT_TRUE(refused(0, tuple(13), tuple(1)));
  EXPECT_TRUE(refused(1, tuple(12), tuple(1)));
  EXPECT_TRUE(refused(-1, tuple(1), tuple(1)));
  EXPECT_TRUE(refused(0, tuple(-1), tuple(1)));
  EXPECT_TRUE(refused(0, tuple(2), tuple(-1)));
  EXPECT_TRUE(refused(0, tuple(2, 2), tuple(1)));
  EXPECT_TRUE(refused(13, tuple(0), tuple(1)));
  EXPECT_TRUE(refused(0, tuple(0x7fffffff, 0x7fffffff, 0x7fffffff), tuple(0, 0, 0)));
  EXPECT_TRUE(refused(0, tuple(2, 2), tuple(0x7fffffff, 0x7fffffff)));
  EXPECT_FALSE(refused(0, tuple(12), tuple(1)));
}

TEST(Checkpoint, RefusesStoragesThatDoNotFit) {
  const std::string body = tensor(storage("FloatStorage", "0", 11), 0, tuple(1), tuple(1));
  EXPECT_EQ(failure_of(twelve_floats_zip(body)).code, errc::damaged_checkpoint);
  const Failure missing = failure_of(
      twelve_floats_zip(tensor(storage("FloatStorage", "1", 12), 0, tuple(1), tuple(1))));
  EXPECT_EQ(missing.code, errc::damaged_checkpoint);
  EXPECT_THAT(missing.sentence, HasSubstr("'1' is missing"));
  const std::string two_ways = "(" + tensor(kTwelve, 0, tuple(1), tuple(1)) +
                               tensor(storage("IntStorage", "0", 12), 0, tuple(1), tuple(1)) + "t";
  EXPECT_THAT(failure_of(twelve_floats_zip(two_ways)).sentence, HasSubstr("two ways"));
  EXPECT_EQ(failure_of(twelve_floats_zip(
                           tensor(storage("FloatStorage", "../0", 12), 0, tuple(1), tuple(1))))
                .code,
            errc::damaged_checkpoint);
  EXPECT_EQ(failure_of_pickle(storage("FloatStorage", "0", -1)).code, errc::damaged_checkpoint);
}

TEST(Checkpoint, RefusesForeignGlobalsByName) {
  const Failure refused =
      failure_of_pickle(global("posix", "system") + text("touch /tmp/pwned") + "\x85R");
  EXPECT_EQ(refused.code, errc::refused_global);
  EXPECT_EQ(refused.code, boost::system::errc::operation_not_permitted);
  EXPECT_THAT(refused.sentence, HasSubstr("posix.system at byte 2"));
  EXPECT_THAT(refused.sentence, HasSubstr("it.pth"));
  for (const auto& [module, name] : {std::pair{"builtins", "eval"},
                                     {"builtins", "getattr"},
                                     {"torch", "load"},
                                     {"torch._utils", "_rebuild"},
                                     {"collections", "OrderedDict.fromkeys"},
                                     {"torch.FloatStorage", "x"},
                                     {"", ""}}) {
    EXPECT_EQ(failure_of_pickle(global(module, name)).code, errc::refused_global)
        << module << '.' << name;
  }
  // The same by STACK_GLOBAL.
  EXPECT_EQ(failure_of_pickle(text("posix") + text("system") + "\x93").code, errc::refused_global);
}

TEST(Checkpoint, RefusesCallsOfWhatIsNoCall) {
  EXPECT_EQ(failure_of_pickle(global("torch", "float32") + ")R").code, errc::damaged_checkpoint);
  EXPECT_EQ(failure_of_pickle(text("x") + ")R").code, errc::damaged_pickle);
  EXPECT_EQ(failure_of_pickle(global("collections", "OrderedDict") + "]R").code,
            errc::damaged_pickle);
  EXPECT_EQ(failure_of_pickle(global("torch._utils", "_rebuild_tensor_v2") + ")R").code,
            errc::damaged_checkpoint);
  EXPECT_EQ(failure_of_pickle(global("collections", "OrderedDict") + integer(1) + "\x85R").code,
            errc::damaged_checkpoint);
}

TEST(Checkpoint, RefusesDamagedPickles) {
  EXPECT_EQ(failure_of(torch_zip("")).code, errc::damaged_pickle);
  EXPECT_EQ(failure_of(torch_zip("\x80\x02")).code, errc::damaged_pickle);
  EXPECT_EQ(failure_of(torch_zip("\x80\x07N.")).code, errc::damaged_pickle);
  for (const std::string& body : {""s,
                                  "NN"s,
                                  "(N"s,
                                  "t"s,
                                  "(1"s,
                                  "h\0"s,
                                  "q\1h\0"s,
                                  "NNs"s,
                                  "]NNs"s,
                                  "}Na"s,
                                  "Nb"s,
                                  "0"s,
                                  "R"s,
                                  "\x81"s,
                                  "Q"s,
                                  "NQ"s,
                                  "icollections\nOrderedDict\n"s,
                                  "(os\no"s,
                                  "\x82\1"s,
                                  "}](s"s,
                                  "}]Ns"s,
                                  "(](e"s,
                                  "X\xff\xff\xff\xff"s}) {
    const Failure failure = failure_of_pickle(body);
    EXPECT_TRUE(failure.code == errc::damaged_pickle || failure.code == errc::damaged_checkpoint)
        << testing::PrintToString(body) << ": " << failure.sentence;
  }
}

TEST(Checkpoint, HoldsTextsAsUtf8) {
  // Python 2's str, of either kind.
  const std::string body =
      "](" + std::string("U\x02\xC3\xA9") + "U\x01\xE9" + tests::text("\xC3\xA9") + "e";
  const Checkpoint checkpoint = open(torch_zip(pickle(body)));
  const Value root = checkpoint.root();
  for (const Value& item : root.items()) EXPECT_EQ(item.string(), "\xC3\xA9");
  EXPECT_EQ(failure_of_pickle(tests::text("\xE9")).code, errc::damaged_pickle);
}

TEST(Checkpoint, IsBoundedHoweverItIsNested) {
  EXPECT_EQ(failure_of_pickle(std::string(100'000, '(')).code, errc::limit_exceeded);
  // Lists inside lists, each by a tuple of one: deep without a mark.
  EXPECT_EQ(failure_of_pickle("N" + std::string(100'000, '\x85')).code, errc::limit_exceeded);
  // (x, x) forty times over: a million million values in a hundred nodes.
  std::string body = kWhole;
  for (char i = 0; i < 40; ++i) body += std::string("q") + i + "h" + i + "\x86";
  EXPECT_EQ(failure_of(twelve_floats_zip(body)).code, errc::limit_exceeded);
}

TEST(Checkpoint, SaysWhatAFileIsInstead) {
  const auto sentence = [](const std::string& file) { return failure_of(file).sentence; };
  EXPECT_THAT(sentence(""), HasSubstr("empty file"));
  EXPECT_THAT(sentence("\n <!DOCTYPE html><html>404</html>"), HasSubstr("HTML page"));
  EXPECT_THAT(sentence("version https://git-lfs.github.com/spec/v1\noid"),
              HasSubstr("Git LFS pointer"));
  EXPECT_THAT(sentence("\x80\x02}."), HasSubstr("bare pickle"));
  EXPECT_THAT(sentence("{\"error\": \"Not Found\"}"), HasSubstr("JSON document"));
  EXPECT_THAT(sentence(std::string(4096, '\0')), HasSubstr("zeros"));
  EXPECT_THAT(sentence("GGUF\3"), HasSubstr("GGUF"));
  EXPECT_EQ(failure_of("nothing of the kind").code, errc::not_a_checkpoint);
  EXPECT_THAT(sentence("404: Not Found"), HasSubstr("text"));
  EXPECT_THAT(sentence("(dp0\nS'a'\np1\nI1\ns."), HasSubstr("bare pickle"));
  EXPECT_THAT(sentence("PK\5\6" + std::string(18, '\0')), HasSubstr("zip archive"));
  const std::string npy = "\x93NUMPY\1\0\6\0{'<f8'"s;
  EXPECT_THAT(sentence(npy), HasSubstr("numpy array (.npy)"));
  EXPECT_THAT(sentence(tests::build_zip({{.name = "a.npy", .content = npy}})), HasSubstr(".npz"));
  EXPECT_THAT(sentence(tests::build_zip({{.name = "a.npy", .content = npy},
                                         {.name = "b.npy", .content = npy, .deflate = true}})),
              HasSubstr(".npz"));
  EXPECT_THAT(sentence(tests::build_zip({{.name = "metadata.json", .content = "{}"},
                                         {.name = "config.json", .content = "{}"},
                                         {.name = "model.weights.h5", .content = "\x89HDF"}})),
              HasSubstr("Keras"));
}

TEST(Checkpoint, TellsABarePickleByWhatItNames) {
  const auto sentence = [](const std::string& file) { return failure_of(file).sentence; };
  const std::string unpacked = sentence(pickle(kWhole));
  EXPECT_THAT(unpacked, HasSubstr("unpacked"));
  EXPECT_THAT(unpacked, Not(HasSubstr("not written by torch.save")));
  EXPECT_THAT(sentence(pickle("(\x8C\7storageX")), HasSubstr("unpacked"));
  EXPECT_THAT(sentence(pickle(global("torch.distributed.checkpoint.metadata", "Metadata"))),
              HasSubstr("distributed checkpoint"));
  EXPECT_THAT(sentence(pickle(text("a storage"))), HasSubstr("not written by torch.save"));
}

// What a zip's end looks like tells what happened to it.
TEST(Checkpoint, TellsACutZipFromOneThatGoesOn) {
  const auto sentence = [](const std::string& file) { return failure_of(file).sentence; };
  const std::string zip = twelve_floats_zip(kWhole);
  for (const std::size_t left :
       {zip.size() - 1, zip.size() - 30, std::size_t{40}, std::size_t{5}}) {
    EXPECT_THAT(sentence(zip.substr(0, left)), HasSubstr("truncated")) << left;
    EXPECT_THAT(sentence(zip.substr(0, left)), Not(HasSubstr("goes on"))) << left;
  }
  EXPECT_THAT(sentence(zip.substr(0, 40) + std::string(500, '\0')), HasSubstr("end in zeros"));
  EXPECT_THAT(sentence(zip + zip), HasSubstr("several zip archives"));
  EXPECT_THAT(sentence(zip + twelve_floats_zip("N") + zip), HasSubstr("distributed checkpoint"));
  // As torch.save ends an archive: a record of 64 bits and its locator, too.
  const std::string end = zip.substr(zip.size() - 22);
  const std::string wide =
      zip.substr(0, zip.size() - 22) + "PK\6\6" + little_endian(44, 8) + little_endian(0x31E, 2) +
      little_endian(45, 2) + little_endian(0, 8) + little_endian(3, 8) + little_endian(3, 8) +
      end.substr(12, 4) + little_endian(0, 4) + end.substr(16, 4) + little_endian(0, 4) + "PK\6\7" +
      little_endian(0, 4) + little_endian(zip.size() - 22, 8) + little_endian(1, 4) + end;
  EXPECT_EQ(sentence(wide), "(nothing was thrown)");
  EXPECT_THAT(sentence(wide + wide), HasSubstr("several zip archives"));
  for (const std::size_t more : {std::size_t{1}, std::size_t{100'000}}) {
    const std::string longer = zip + std::string(more, '\n');
    const auto directory = read_zip_directory(std::as_bytes(std::span(longer)));
    ASSERT_FALSE(directory);
    EXPECT_THAT(directory.error().what, HasSubstr(std::to_string(more) + " bytes follow"));
    EXPECT_THAT(directory.error().what, Not(HasSubstr("cut off")));
  }
}

TEST(Checkpoint, TellsASafetensorsFileThatIsCut) {
  const auto sentence = [](const std::string& file) { return failure_of(file).sentence; };
  const std::string header = R"({"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  const std::string whole = little_endian(header.size(), 8) + header + "1234";
  EXPECT_EQ(sentence(whole), "(nothing was thrown)");
  for (std::size_t left = 8; left < whole.size(); ++left) {
    EXPECT_THAT(sentence(whole.substr(0, left)), HasSubstr("truncated")) << left;
    EXPECT_THAT(sentence(whole.substr(0, left)), HasSubstr("header")) << left;
  }
}

TEST(Checkpoint, TellsWhatAFolderIs) {
  const tests::TempFolder folder;
  const auto sentence = [&](const std::string& name) {
    const Failure failure = tests::failure_of([&] { open_checkpoint(folder / name); });
    EXPECT_EQ(failure.code, boost::system::errc::is_a_directory);
    return failure.sentence;
  };
  tests::write_file(folder / "dcp/.metadata", "");
  tests::write_file(folder / "parts/__0_0.distcp", "");
  for (const char* name : {"dcp", "parts"})
    EXPECT_THAT(sentence(name), HasSubstr("distributed checkpoint")) << name;
  tests::write_file(folder / "unpacked/data.pkl", "");
  tests::write_file(folder / "unpacked/version", "3");
  EXPECT_THAT(sentence("unpacked"), HasSubstr("unpacked; it is read once it is zipped again"));
  tests::write_file(folder / "sharded/model-1.safetensors", "");
  tests::write_file(folder / "sharded/model.safetensors.index.json", "{}");
  EXPECT_THAT(sentence("sharded"), HasSubstr("such as model.safetensors.index.json"));
  tests::write_file(folder / "tf/saved_model.pb", "");
  EXPECT_THAT(sentence("tf"), HasSubstr("TensorFlow"));
  tests::write_file(folder / "other/a.txt", "");
  EXPECT_THAT(sentence("other"), HasSubstr("it is a folder, not a file"));
}

TEST(Checkpoint, RefusesOtherZips) {
  EXPECT_EQ(failure_of(tests::build_zip({{.name = "a/x", .content = "x"}})).code,
            errc::not_a_checkpoint);
  EXPECT_EQ(failure_of(tests::build_zip({{.name = "data.pkl", .content = "x"}})).code,
            errc::not_a_checkpoint);
  EXPECT_EQ(failure_of(tests::build_zip({{.name = "a/data.pkl", .content = pickle("N")},
                                         {.name = "b/x", .content = "x"}}))
                .code,
            errc::not_a_checkpoint);
  EXPECT_THAT(
      failure_of(torch_zip(pickle("N"), {{.name = "archive/byteorder", .content = "middle"}}))
          .sentence,
      HasSubstr("byte order is 'middle'"));
  EXPECT_EQ(failure_of(twelve_floats_zip("N")).sentence, "(nothing was thrown)");
}

TEST(Checkpoint, SurvivesAnyFlippedByte) {
  const std::string good =
      twelve_floats_zip("}" + text("w") + tensor(kTwelve, 0, tuple(3, 4), tuple(4, 1)) + "s");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int flip : {0x01, 0x10, 0x80, 0xFF}) {
      std::string broken = good;
      broken[i] = static_cast<char>(broken[i] ^ flip);
      try {
        const Checkpoint checkpoint = open(broken);
        for (const TensorInfo& info : checkpoint.tensors()) {
          if (info.is_contiguous()) {
            EXPECT_EQ(checkpoint.bytes(info.name).size(), info.bytes());
          }
        }
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("it.pth")) << i;
      }
    }
  }
}

// What is compressed lies nowhere in its file as it is, and is not looked at to say so.
TEST(Checkpoint, InflatesNothingThatIsNotAskedFor) {
  const tests::TempFolder folder;
  tests::write_file(
      folder / "x.pth",
      torch_zip(
          pickle(kWhole),
          {{.name = "archive/data/0", .content = twelve_floats(), .deflate = true, .crc32 = 7}}));
  const Checkpoint checkpoint = open_checkpoint(folder / "x.pth");
  const TensorInfo& tensor = checkpoint.tensors()[0];
  EXPECT_FALSE(checkpoint.storage_file_offset(tensor));
  EXPECT_TRUE(checkpoint.is_compressed(tensor));
  const Failure failure = tests::failure_of([&] { checkpoint.storage_bytes(tensor); });
  EXPECT_EQ(failure.code, errc::crc_mismatch);
  EXPECT_THAT(failure.sentence, testing::StartsWith((folder / "x.pth").string() + ": "));
}

TEST(Checkpoint, SaysWhichFileIsMissing) {
  const Failure missing = tests::failure_of([] { open_checkpoint("/nowhere/x.pth"); });
  EXPECT_EQ(missing.code, boost::system::errc::no_such_file_or_directory);
  EXPECT_THAT(missing.sentence, HasSubstr("/nowhere/x.pth"));
  EXPECT_EQ(tests::failure_of([] { open_checkpoint("/"); }).code,
            boost::system::errc::is_a_directory);
}

}  // namespace
}  // namespace torchhub::archive
