#include <torchhub/net/detail/http/content_coding.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

std::string coding_of(const std::vector<std::string>& values) {
  ResponseHead head;
  for (const std::string& value : values) head.headers.push_back({"Content-ENCODING", value});
  return content_coding(head);
}

TEST(ContentCoding, IsWhatTheBodyCameIn) {
  EXPECT_EQ(coding_of({}), "");
  EXPECT_EQ(coding_of({"GZip"}), "gzip");
  EXPECT_EQ(coding_of({"x-gzip"}), "x-gzip");
  EXPECT_EQ(coding_of({"gzip, br"}), "gzip, br");
  EXPECT_EQ(coding_of({"gzip", "br"}), "gzip, br");
  for (const char* coding :
       {"br", "zstd", "deflate", "compress", "x-compress", "lzma", "xz", "bzip2", "lz4", "snappy",
        "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm", "sdch", "brotli", "x-deflate"}) {
    EXPECT_EQ(coding_of({coding}), coding);
  }
}

TEST(ContentCoding, IsNotWhatNamesNone) {
  for (const char* word : {"",
                           " ",
                           "identity",
                           "UTF-8",
                           "utf8",
                           "UTF-16LE",
                           "binary",
                           "none",
                           "None",
                           "aws-chunked",
                           "ISO-8859-1",
                           "latin1",
                           "us-ascii",
                           "windows-1252",
                           "8bit",
                           "text/plain",
                           "application/octet-stream",
                           "charset=utf-8",
                           "utf-8; q=1",
                           "\"UTF-8\"",
                           "chunked",
                           "null",
                           "gbk",
                           "GB2312",
                           "gb18030",
                           "cp936",
                           "x-sjis",
                           "macintosh",
                           "tis-620",
                           "no",
                           "false",
                           "0",
                           "1",
                           "undefined",
                           "unknown",
                           "amz-1.0",
                           "x-unheard-of",
                           "gzip2",
                           "broken",
                           "identity, UTF-8",
                           ",",
                           "aws-chunked,"}) {
    EXPECT_EQ(coding_of({word}), "") << word;
  }
}

TEST(ContentCoding, IsLeftBesideWhatNamesNone) {
  EXPECT_EQ(coding_of({"gzip, aws-chunked"}), "gzip");
  EXPECT_EQ(coding_of({"aws-chunked,gzip"}), "gzip");
  EXPECT_EQ(coding_of({"UTF-8", "gzip"}), "gzip");
  EXPECT_EQ(coding_of({"unknown, br, 0"}), "br");
}

}  // namespace
}  // namespace torchhub::net::detail
