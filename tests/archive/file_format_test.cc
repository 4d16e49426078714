#include <torchhub/archive/file_format.h>

#include <gtest/gtest.h>

#include <span>
#include <string>

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
        "<h1>Forbidden</h1>"})
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
  for (const std::string& text : {"< 5"s, "<\0\0\0"s, "[\1\2\3"s, "[1, 2, 3]"s, "weights"s, "<<"s})
    EXPECT_EQ(format_of(text), FileFormat::unknown) << text;
  // A safetensors header of 123 bytes, whose length begins as JSON does.
  EXPECT_EQ(format_of("{\0\0\0\0\0\0\0{}"s + std::string(121, ' ')), FileFormat::safetensors);
}

}  // namespace
}  // namespace torchhub::archive
