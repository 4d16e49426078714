// Attacks 65 to 72: safetensors headers that other readers take, and indexes of shards.

#include <torchhub/tests/archive/attack.h>
#include <torchhub/tests/support/temp_folder.h>

#include <sys/stat.h>

namespace torchhub::archive {
namespace {

using testing::HasSubstr;

std::string file(const std::string& header, const std::string& data = "") {
  return little_endian(header.size(), 8) + header + data;
}

const std::string kEight(8, '\1');
const std::string kOne = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";

bool is_read(const std::string& header, const std::string& data = kEight) {
  const Failure failure = attack(file(header, data));
  EXPECT_TRUE(!failure.code ||
              is_one_of(failure, {errc::damaged_checkpoint, errc::unsupported_format,
                                  errc::not_a_checkpoint}));
  return !failure.code;
}

TEST(SafetensorsAttacks, N65_WhatTheFormatAllows) {
  EXPECT_TRUE(is_read("{" + kOne + "}"));
  EXPECT_TRUE(is_read(" {" + kOne + "} \n\t\r "));
  EXPECT_TRUE(is_read("{}", ""));
  EXPECT_TRUE(is_read(R"({"__metadata__":{}})", ""));
  EXPECT_TRUE(is_read(R"({"__metadata__":null})", ""));
  EXPECT_TRUE(is_read(R"({"__metadata__":{"a":"b","c":""}})", ""));
  EXPECT_TRUE(is_read(R"({"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]}})"));
  EXPECT_TRUE(is_read(R"({"":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}})"));
  EXPECT_TRUE(is_read(R"({"e":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},)" + kOne + "}"));
  EXPECT_TRUE(is_read(R"({"b":{"dtype":"F4","shape":[16],"data_offsets":[0,8]}})"));
}

// Fields of an entry that this reader does not know, as the Rust core passes over them.
TEST(SafetensorsAttacks, N65_UnknownFields) {
  const auto entry = [](const std::string& more) {
    return R"({"a":{)" + more + R"("dtype":"F32",)" + more +
           R"("shape":[2],"data_offsets":[0,8]}})";
  };
  std::string hundred = "[";
  for (int i = 0; i < 100; ++i) hundred += "1,";
  hundred.back() = ']';
  for (const std::string& value :
       {"1"s, "-1.5e3"s, "null"s, "true"s, "\"text\\u0041\""s, "[]"s, "{}"s,
        "[[1,[2]],{\"shape\":[9]}]"s, "{\"dtype\":\"F64\",\"x\":{\"y\":[{}]},\"dtype\":null}"s,
        hundred}) {
    EXPECT_TRUE(is_read(entry("\"x\":" + value + ","))) << value;
  }
  const Checkpoint checkpoint =
      open_bytes(file(entry(R"("scale":{"shape":[7],"dtype":"I8"},)"), kEight));
  EXPECT_EQ(checkpoint.tensors()[0].dtype, DType::float32);
  EXPECT_EQ(checkpoint.tensors()[0].shape.size(), 1u);
  EXPECT_EQ(checkpoint.tensors()[0].shape[0], 2);
  // The known ones are wanted, once each, beside them.
  EXPECT_FALSE(is_read(R"({"a":{"x":{"dtype":"F32"},"shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(
      is_read(R"({"a":{"x":1,"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(entry("\"x\":" + std::string(200, '[') + std::string(200, ']') + ",")));
  EXPECT_FALSE(is_read(entry("\"x\":[1,")));
  // Elsewhere, there are none.
  EXPECT_FALSE(is_read("{\"x\":1," + kOne + "}"));
  EXPECT_FALSE(is_read("{\"x\":[]," + kOne + "}"));
  std::string rank = "1";
  for (int i = 0; i < 64; ++i) rank += ",1";
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F64","shape":[)" + rank + R"(],"data_offsets":[0,8]}})"));
}

TEST(SafetensorsAttacks, N65_WhatItForbids) {
  // Sizes that do not fit.
  EXPECT_FALSE(is_read("{" + kOne + "}", kEight + "x"));
  EXPECT_FALSE(is_read("{" + kOne + "}", "1234567"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F4","shape":[15],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[281474976710656],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(
      is_read(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}})"));
  // Names, fields and values.
  EXPECT_FALSE(is_read("{" + kOne + "," + kOne + "}"));
  EXPECT_FALSE(
      is_read(R"({"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)" + kOne + "}"));
  EXPECT_FALSE(is_read(R"({"a":["F32",[2],[0,8]]})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[2]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F6_E2M3","shape":[2],"data_offsets":[0,8]}})"));
  EXPECT_FALSE(is_read(R"({"a\u0000":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
  for (const char* number : {"2.0", "2e0", "-0", "02", "-2", "18446744073709551616", "NaN", "null",
                             "true", "\"2\"", "[2]"})
    EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[)" + std::string(number) +
                         R"(],"data_offsets":[0,8]}})"))
        << number;
  EXPECT_FALSE(is_read(R"({"__metadata__":{"a":1},)" + kOne + "}"));
  EXPECT_FALSE(is_read(R"({"__metadata__":{"a":"1","a":"2"},)" + kOne + "}"));
  EXPECT_FALSE(is_read(R"({"__metadata__":{},"__metadata__":{},)" + kOne + "}"));
  EXPECT_FALSE(is_read(R"({"__metadata__":[],)" + kOne + "}"));
  // What is no JSON, and more after it.
  EXPECT_FALSE(is_read("{" + kOne + "}x"));
  EXPECT_FALSE(is_read("{" + kOne + "}{}"));
  EXPECT_FALSE(is_read("{" + kOne + "}"s + '\0'));
  EXPECT_FALSE(is_read("\xEF\xBB\xBF{" + kOne + "}"));
  EXPECT_FALSE(is_read("{" + kOne));
  EXPECT_FALSE(is_read("[" + kOne + "]"));
  EXPECT_FALSE(is_read("{" + kOne + ",}"));
}

TEST(SafetensorsAttacks, N66_LengthsThatWrapAround) {
  for (const std::uint64_t length :
       {~std::uint64_t{0}, ~std::uint64_t{0} - 8, std::uint64_t{100'000'001}, std::uint64_t{1000}})
    EXPECT_TRUE(attack(little_endian(length, 8) + "{" + kOne + "}" + kEight).code);
}

TEST(SafetensorsAttacks, N67_HeadersWithoutEnd) {
  EXPECT_EQ(attack(file("{" + std::string(10'000'000, '['))).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(file("{\"" + std::string(10'000'000, 'a'))).code, errc::damaged_checkpoint);
  EXPECT_EQ(attack(file(std::string(1'000'000, '{'))).code, errc::damaged_checkpoint);
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i)
    header += "\"" + std::to_string(i) + R"(":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},)";
  header.back() = '}';
  EXPECT_EQ(attack(file(header, kEight)).code, errc::damaged_checkpoint);
}

TEST(SafetensorsAttacks, N68_GapsAndOverlaps) {
  const auto two = [](const std::string& a, const std::string& b, const std::string& data) {
    return is_read(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                       R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                   data);
  };
  EXPECT_TRUE(two("[0,4]", "[4,8]", kEight));
  EXPECT_TRUE(two("[4,8]", "[0,4]", kEight));
  EXPECT_FALSE(two("[0,4]", "[5,9]", kEight + "x"));
  EXPECT_FALSE(two("[0,4]", "[3,7]", "1234567"));
  EXPECT_FALSE(two("[0,4]", "[0,4]", "1234"));
  EXPECT_FALSE(two("[1,5]", "[5,9]", kEight + "x"));
  // A zip archive behind the data: two files in one.
  EXPECT_FALSE(is_read("{" + kOne + "}", kEight + torch_zip(pickle("N"))));
}

TEST(SafetensorsAttacks, N69_TextsThatAreNone) {
  for (const char* name : {"\\ud800", "\xff", "\x01", "\\x", "\xc3"})
    EXPECT_FALSE(is_read("{\"" + std::string(name) +
                         R"(":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
}

TEST(SafetensorsAttacks, N70_EmptyTensors) {
  EXPECT_TRUE(
      is_read(R"({"a":{"dtype":"F32","shape":[0,281474976710655],"data_offsets":[0,0]}})", ""));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},)" +
                       kOne.substr(0, 1) +
                       R"(b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"));
}

TEST(SafetensorsAttacks, N71_BytesThatAreNoElements) {
  // A truth value of 2 is only ever copied as a byte here.
  EXPECT_TRUE(
      is_read(R"({"a":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}})", "\2\2\2\2\2\2\2\2"));
  EXPECT_FALSE(is_read(R"({"a":{"dtype":"F4","shape":[3,5],"data_offsets":[0,8]}})"));
}

class ShardAttacks : public testing::Test {
 protected:
  ShardAttacks() {
    tests::write_file(folder_ / "one.safetensors", file("{" + kOne + "}", kEight));
    tests::write_file(folder_ / "two.safetensors",
                      file(R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", kEight));
    tests::write_file(folder_.path().parent_path() / "outside.safetensors",
                      file("{" + kOne + "}", kEight));
  }
  ~ShardAttacks() override {
    std::filesystem::remove(folder_.path().parent_path() / "outside.safetensors");
  }

  Failure open(const std::string& weight_map) {
    const auto index = folder_ / "model.safetensors.index.json";
    tests::write_file(index, R"({"metadata":{"total_size":16},"weight_map":)" + weight_map + "}");
    return tests::failure_of([&] { open_checkpoint(index); });
  }

  tests::TempFolder folder_;
};

TEST_F(ShardAttacks, N72_NamesOfFiles) {
  EXPECT_FALSE(open(R"({"a":"one.safetensors","b":"two.safetensors"})").code);
  for (const char* name :
       {"../outside.safetensors", "/etc/passwd", "x/../../outside.safetensors", "x/", "", ".", "..",
        "a\\\\b", "x//one.safetensors", "x/./one.safetensors", ".git/one.safetensors", "x/.one",
        "one.safetensors\\u0000", "C:one.safetensors", "./one.safetensors"})
    EXPECT_EQ(open(R"({"a":")" + std::string(name) + R"("})").code, errc::damaged_checkpoint)
        << name;
  EXPECT_EQ(open(R"({"a":"none.safetensors"})").code,
            boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(open(R"({"a":7})").code, errc::damaged_checkpoint);
  EXPECT_EQ(open("[]").code, errc::damaged_checkpoint);
}

TEST_F(ShardAttacks, N72_WhatIsNoFile) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(open(R"({"a":"pipe"})").code, boost::system::errc::invalid_argument);
  std::filesystem::create_symlink("/dev/zero", folder_ / "zero");
  EXPECT_EQ(open(R"({"a":"zero"})").code, boost::system::errc::invalid_argument);
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_EQ(open(R"({"a":"folder"})").code, boost::system::errc::is_a_directory);
}

TEST_F(ShardAttacks, N72_Subfolders) {
  namespace fs = std::filesystem;
  fs::create_directories(folder_ / "x/y");
  fs::copy(folder_ / "one.safetensors", folder_ / "x/y/one.safetensors");
  EXPECT_FALSE(open(R"({"a":"x/y/one.safetensors","b":"two.safetensors"})").code);
  // A link within the folder, and a shard that is one to anywhere, as huggingface_hub has them.
  fs::create_directory_symlink(folder_ / "x", folder_ / "within");
  EXPECT_FALSE(open(R"({"a":"within/y/one.safetensors"})").code);
  fs::create_symlink(folder_.path().parent_path() / "outside.safetensors", folder_ / "x/blob");
  EXPECT_FALSE(open(R"({"a":"x/blob"})").code);
  // A folder that is a link out of it.
  fs::create_directory_symlink(folder_.path().parent_path(), folder_ / "out");
  fs::create_directory_symlink(folder_.path().parent_path(), folder_ / "x/out");
  for (const char* name : {"out/outside.safetensors", "x/out/outside.safetensors"})
    EXPECT_EQ(open(R"({"a":")" + std::string(name) + R"("})").code, errc::unsafe_name) << name;
}

TEST_F(ShardAttacks, N72_TensorsThatTheIndexLeavesOut) {
  const auto index = folder_ / "model.safetensors.index.json";
  tests::write_file(index, R"({"weight_map":{"b":"two.safetensors"}})");
  EXPECT_TRUE(open_checkpoint(index).notes().empty());
  tests::write_file(folder_ / "both.safetensors",
                    file(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                         R"("extra":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                         kEight));
  tests::write_file(index, R"({"weight_map":{"b":"both.safetensors"}})");
  const Checkpoint checkpoint = open_checkpoint(index);
  EXPECT_EQ(checkpoint.bytes("extra").size(), 4u);
  ASSERT_EQ(checkpoint.notes().size(), 1u);
  EXPECT_THAT(checkpoint.notes()[0],
              HasSubstr("both.safetensors: holds what the index leaves out: 'extra'"));
  // Which of two is meant, nobody tells.
  tests::write_file(folder_ / "more.safetensors",
                    file(R"({"c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                         R"("extra":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                         kEight));
  EXPECT_THAT(open(R"({"b":"both.safetensors","c":"more.safetensors"})").sentence,
              HasSubstr("'extra' is there twice"));
}

TEST_F(ShardAttacks, N72_TensorsThatAreElsewhere) {
  EXPECT_THAT(open(R"({"a":"two.safetensors","b":"two.safetensors"})").sentence,
              HasSubstr("'a' is not in"));
  EXPECT_THAT(open(R"({"a":"two.safetensors","b":"one.safetensors"})").sentence,
              HasSubstr("not where the index says"));
  EXPECT_THAT(open(R"({"b":"two.safetensors","c":"one.safetensors"})").sentence,
              HasSubstr("'c' is not in"));
  tests::write_file(folder_ / "twin.safetensors", file("{" + kOne + "}", kEight));
  EXPECT_EQ(open(R"({"a":"one.safetensors","x":"twin.safetensors"})").code,
            errc::damaged_checkpoint);
  std::string many = "{";
  for (int i = 0; i < 20'000; ++i)
    many += "\"" + std::to_string(i) + "\":\"" + std::to_string(i) + "\",";
  many.back() = '}';
  EXPECT_EQ(open(many).code, errc::limit_exceeded);
}

}  // namespace
}  // namespace torchhub::archive
