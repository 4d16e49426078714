#include <torchhub/net/detail/http/failure_at.h>
#include <torchhub/net/detail/http/read_buffer.h>
#include <torchhub/net/detail/http/request_text.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace torchhub::net::detail {
namespace {

TEST(RequestText, HasLinesAndAnEmptyOne) {
  EXPECT_EQ(request_text("GET", "/a?b", {{"Host", "c"}, {"Range", "bytes=0-1"}}),
            "GET /a?b HTTP/1.1\r\nHost: c\r\nRange: bytes=0-1\r\n\r\n");
  EXPECT_EQ(request_text("PUT", "/", {}), "PUT / HTTP/1.1\r\n\r\n");
}

TEST(RequestText, LetsNoHeaderSmuggleInAnother) {
  EXPECT_TRUE(is_sound_header({"Name", "a value: with, everything"}));
  EXPECT_TRUE(is_sound_header({"Name", ""}));
  for (const char* name : {"", "a b", "a:", "a\r", "a\n", "\ta"})
    EXPECT_FALSE(is_sound_header({name, "x"})) << name;
  for (const std::string& value :
       {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3)})
    EXPECT_FALSE(is_sound_header({"Name", value})) << value;
}

TEST(RequestText, LeavesTheUsersHeaders) {
  std::vector<Header> headers{{"user-agent", "mine"}};
  set_if_missing(headers, "User-Agent", "torchhub");
  set_if_missing(headers, "Accept", "*/*");
  ASSERT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers[0].value, "mine");
  EXPECT_EQ(headers[1].name, "Accept");
}

void come(ReadBuffer& buffer, const std::string& text, std::size_t room = 100) {
  std::memcpy(buffer.room(room).data(), text.data(), text.size());
  buffer.add(text.size());
}

TEST(ReadBuffer, KeepsWhatWasNotUsed) {
  ReadBuffer buffer;
  EXPECT_TRUE(buffer.is_empty());
  come(buffer, "abcdef");
  EXPECT_EQ(buffer.text(), "abcdef");
  buffer.drop(2);
  EXPECT_EQ(buffer.text(), "cdef");
  EXPECT_EQ(buffer.size(), 4U);
  come(buffer, "gh");
  EXPECT_EQ(buffer.text(), "cdefgh") << "what is left moves to the front";
  EXPECT_EQ(buffer.bytes().size(), 6U);
  buffer.drop(6);
  EXPECT_TRUE(buffer.is_empty());
  EXPECT_GE(buffer.room(5000).size(), 5000U);
}

std::string said(boost::system::error_code code, const std::string& reason = "") {
  return failure_at(*Url::parse("http://me:secret@a/b?sig=x"), "doing it", code, reason).what();
}

TEST(FailureAt, SaysWhatFailedWithoutSecrets) {
  EXPECT_EQ(said(make_error_code(errc::timed_out)), "http://a/b: doing it: no answer in time");
  EXPECT_EQ(said(make_error_code(errc::certificate_rejected), "it is not one for a"),
            "http://a/b: it is not one for a");
  EXPECT_EQ(said(boost::asio::error::eof),
            "http://a/b: doing it: the server closed the connection too early");
  EXPECT_EQ(said(boost::asio::error::host_not_found, "nobody knows it"),
            "http://a/b: doing it: nobody knows it");
  EXPECT_EQ(said(boost::asio::error::connection_refused),
            "http://a/b: doing it: Connection refused");
}

TEST(FailureAt, HasACodeToJudgeBy) {
  const Url url = *Url::parse("http://a/b");
  EXPECT_EQ(failure_at(url, "", boost::asio::error::eof).code(), errc::truncated);
  EXPECT_EQ(failure_at(url, "", make_error_code(errc::timed_out)).code(), errc::timed_out);
  EXPECT_EQ(failure_at(url, "", boost::asio::error::connection_reset).code(),
            boost::asio::error::connection_reset);
}

}  // namespace
}  // namespace torchhub::net::detail
