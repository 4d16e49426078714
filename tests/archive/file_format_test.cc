#include <torchhub/archive/file_format.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::archive {
namespace {

using namespace std::string_literals;

FileFormat format_of(const std::string& text) {
  return file_format(std::as_bytes(std::span(text)));
}

TEST(FileFormat, KnowsAPageByItsTags) {
  for (const char* text :
       {"<!DOCTYPE html><title>Sign in</title>", "<html><body>proxy</body></html>",
        " \r\n\t<HTML lang=en>", "\xEF\xBB\xBF<!doctype html>", "<head><title>404</title>",
        "<title>Just a moment...</title>", "<!-- cached --><html>", "<script>location='/'</script>",
        "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">",
        "<h1>Forbidden</h1>", "<style>body {}</style>", "<pre>502 Bad Gateway</pre>"})
    EXPECT_EQ(format_of(text), FileFormat::web_page) << text;
}

TEST(FileFormat, KnowsXmlAndJson) {
  for (const char* text :
       {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code></Error>",
        "<Error><Code>NoSuchKey</Code></Error>", "\xEF\xBB\xBF<?xml version=\"1.0\"?><a/>"})
    EXPECT_EQ(format_of(text), FileFormat::xml) << text;
  for (const char* text : {"{\"error\": \"Unauthorized\"}", "[{\"message\": 1}]", "\n[ \"no\" ]",
                           "\xEF\xBB\xBF{\"error\": 1}", "[]"})
    EXPECT_EQ(format_of(text), FileFormat::json) << text;
}

TEST(FileFormat, TakesNoDataForAText) {
  for (const std::string& text : {"<\0\0\0"s, "[\1\2\3"s, "weights\x80"s, "weights\0"s, "\x7F<"s})
    EXPECT_EQ(format_of(text), FileFormat::unknown) << text;
  for (const std::string& text : {"< 5"s, "[1, 2, 3]"s, "weights"s, "<<"s, "404: Not Found"s,
                                  "caf\xC3\xA9\r\n"s, std::string(511, 'x') + "\xE5\x90\x8D"})
    EXPECT_EQ(format_of(text), FileFormat::text) << text;
  // A safetensors header of 123 bytes, whose length begins as JSON does.
  EXPECT_EQ(format_of("{\0\0\0\0\0\0\0{}"s + std::string(121, ' ')), FileFormat::safetensors);
}

TEST(FileFormat, KnowsFilesOfOthersByTheirSignatures) {
  const std::vector<std::pair<std::string, FileFormat>> files = {
      {"\x93NUMPY\1\0v\0{'descr': '<f8'"s, FileFormat::numpy_array},
      {"\xFD"
       "7zXZ\0\0\4"s,
       FileFormat::xz},
      {"BZh91AY&SY"s, FileFormat::bzip2},
      {"\x28\xB5\x2F\xFD\4\0"s, FileFormat::zstandard},
      {"\x04\x22\x4D\x18\x64"s, FileFormat::lz4},
      {"\x1F\x8B\x08\0"s, FileFormat::gzip},
      {"7z\xBC\xAF\x27\x1C"s, FileFormat::seven_zip},
      {"Rar!\x1A\x07\1\0"s, FileFormat::rar},
      {"\x89HDF\r\n\x1A\n"s, FileFormat::hdf5},
      {"GGUF\3\0\0\0"s, FileFormat::gguf},
      {"\x08\x07\x12\x07pytorch\x1A\5"s, FileFormat::onnx},
      {"\x08\x0A:\x80\x02\x0A"s, FileFormat::onnx},
      {"\x08\x01\x12\xF0\x0E"s, FileFormat::tensor_flow},
      {"\x1C\0\0\0TFL3\x14\0 \0"s, FileFormat::tf_lite},
      {"\x28\0\0\0PTMF\x24\0 \0"s, FileFormat::mobile_module},
      {"\x1C\0\0\0"
       "ET12eh00"s,
       FileFormat::executorch},
      {"\x89PNG\r\n"s, FileFormat::image},
      {"%PDF-1.7"s, FileFormat::pdf},
      {"\x7F"
       "ELF\2\1\1"s,
       FileFormat::program},
      {"\x08\x02\xFF\xFF"s, FileFormat::unknown},
      // A Core ML model, whose description is no name.
      {"\x08\x04\x12\x0A\x0A\x06\x0A\x01x"s, FileFormat::unknown},
      {"\x1C\0\0\0TFL4\x14\0 \0"s, FileFormat::unknown},
  };
  for (const auto& [bytes, format] : files) {
    EXPECT_EQ(format_of(bytes), format) << describe(format);
    if (format != FileFormat::unknown) {
      EXPECT_NE(describe(format), describe(FileFormat::unknown));
    }
  }
}

TEST(FileFormat, KnowsPicklesWithoutASignature) {
  for (const std::string& pickle :
       {"(dp0\nS'a'\np1\nI1\ns."s, "(lp0\nF1.5\na."s, "cposix\nsystem\n(S'id'\ntR."s,
        "}q\1(U\1aq\2K\1u."s, "](K\1K\2e."s, "(iposix\nsystem\n."s, "\x80\x02N."s})
    EXPECT_EQ(format_of(pickle), FileFormat::bare_pickle) << pickle;
  for (const std::string& text : {"(see below)."s, "cats and dogs."s, "cat\ndog\nIguana."s,
                                  "(dp0\nS'a'\np1\nI1\ns. "s, "."s, "(dp0\nS'a'\np1\nI1\ns"s})
    EXPECT_EQ(format_of(text), FileFormat::text) << text;
}

TEST(FileFormat, KnowsAPointerBehindAMark) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\r\noid sha256:0";
  EXPECT_EQ(format_of(pointer), FileFormat::git_lfs_pointer);
  EXPECT_EQ(format_of("\xEF\xBB\xBF" + pointer), FileFormat::git_lfs_pointer);
}

TEST(FileFormat, KnowsTextsOfSixteenBits) {
  const auto wide = [](const std::string& ascii, bool is_little) {
    std::string text = is_little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : ascii) text += is_little ? std::string{c, '\0'} : std::string{'\0', c};
    return text;
  };
  for (const bool is_little : {false, true}) {
    EXPECT_EQ(format_of(wide("<!doctype html><p>", is_little)), FileFormat::web_page);
    EXPECT_EQ(format_of(wide("\r\n<Error><Code>x</Code>", is_little)), FileFormat::xml);
    EXPECT_EQ(format_of(wide("{\"error\": 1}", is_little)), FileFormat::json);
    EXPECT_EQ(format_of(wide("404", is_little)), FileFormat::text);
  }
}

TEST(FileFormat, KnowsSafetensorsThatEndInTheirHeader) {
  const auto with_length = [](std::uint64_t length, const std::string& rest) {
    std::string text(sizeof length, '\0');
    std::memcpy(text.data(), &length, sizeof length);
    return text + rest;
  };
  for (const std::string& rest : {""s, "{"s, "{}"s, "{\""s, "{\"a\":{\"dtype\""s, "{ \"a\""s})
    EXPECT_EQ(format_of(with_length(1000, rest)), FileFormat::safetensors) << rest;
  EXPECT_EQ(format_of(with_length(500'000'000, "{\"a\"")), FileFormat::safetensors);
  for (const std::string& rest : {"x"s, "\"a\""s, "{a"s, "\0\0\0"s})
    EXPECT_NE(format_of(with_length(1000, rest)), FileFormat::safetensors) << rest;
  EXPECT_NE(format_of(with_length(std::uint64_t{1} << 60, "{\"a\"")), FileFormat::safetensors);
  EXPECT_NE(format_of(with_length(0, "")), FileFormat::safetensors);
}

TEST(FileFormat, KnowsAnIndexByAKeyOfItsOwn) {
  const std::string note(200'000, 'x');
  for (const std::string& text :
       {R"({"weight_map": {"a": "b"}})"s, R"({"weight_map": []})"s,
        R"({"metadata": {"note": ")" + note + R"("}, "weight_map" : {}})",
        R"({"metadata": {"weight_map": 1}, "weight_map": {"a": "b")"s,
        "\xEF\xBB\xBF\n{ \"a\": [1, {\"b\": \"}\\\"]\"}], \"weight_map\"\n:\n{}}"s})
    EXPECT_EQ(format_of(text), FileFormat::shard_index) << text.substr(0, 100);
  for (const std::string& text : {R"({"a": "\"weight_map\": {"})"s, R"({"a": {"weight_map": {}}})"s,
                                  R"({"weight_map": "x"})"s, R"({"a": 1} {"weight_map": {}})"s,
                                  R"(["weight_map", {}])"s, R"({"a": "weight_map)"s, "{\"\\"s})
    EXPECT_EQ(format_of(text), FileFormat::json) << text;
}

}  // namespace
}  // namespace torchhub::archive
