#include <torchhub/net/detail/http/head_parser.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

using namespace std::string_literals;

std::string answer(const std::string& headers) { return "HTTP/1.1 200 OK\r\n" + headers + "\r\n"; }

ParsedHead head_of(const std::string& text) {
  EXPECT_EQ(*find_head_end(text, 0), text.size()) << text;
  return *parse_head(text);
}

std::optional<HttpFlaw> flaw_of(const std::string& text) {
  const auto parsed = parse_head(text);
  if (parsed) return std::nullopt;
  return parsed.error();
}

TEST(HeadParser, ReadsStatusAndHeaders) {
  const ParsedHead parsed =
      head_of("HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Length:3 \r\n\r\n");
  EXPECT_EQ(parsed.head.status, 206u);
  EXPECT_EQ(parsed.head.reason, "Partial Content");
  EXPECT_EQ(parsed.head.find("etag"), "\"a\"");
  EXPECT_EQ(parsed.head.content_length, 3u);
  EXPECT_EQ(parsed.framing, Framing::measured);
  EXPECT_TRUE(parsed.keeps_connection);
}

TEST(HeadParser, UnderstandsStatusLinesThatLackSomething) {
  for (const char* line :
       {"HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 200\t", "HTTP/1.1  200 OK", "HTTP/1.0 200",
        "HTTP/1.1\t200 OK", "HTTP/1.1 200OK", "HTTP/1.1 200 \xE9t\xE9"}) {
    for (const char* line_end : {"\r\n", "\n"}) {
      const ParsedHead parsed = head_of(line + ("" + std::string(line_end)) + line_end);
      EXPECT_EQ(parsed.head.status, 200u) << line;
    }
  }
  EXPECT_EQ(head_of("HTTP/1.1 200\r\n\r\n").head.reason, "");
  EXPECT_EQ(head_of("HTTP/1.1 999 No\r\n\r\n").head.status, 999u);
}

TEST(HeadParser, RefusesWhatIsNoStatusLine) {
  for (const char* line :
       {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 abc",
        "HTTP/1.1 099 OK", "HTTP/1.x 200 OK", "HTTP/1.10 200 OK", "HTTP/1.1200 OK", "HTTP/2 200",
        "HTTP/2.0 200 OK", "http/1.1 200 OK", "ICY 200 OK", ""}) {
    EXPECT_EQ(flaw_of(line + "\r\n\r\n"s), HttpFlaw::not_http) << line;
  }
}

TEST(HeadParser, UnderstandsHeadersThatAreNotQuiteRight) {
  const ParsedHead parsed = head_of(
      "HTTP/1.1 200 OK\nETag : \"a\"\r\nX-Long: one\r\n two\r\n\tthree\nX Y: z\n: nameless\nX-Cr: "
      "a\rb\r\n"
      "X-Empty:\r\n\r\n");
  EXPECT_EQ(parsed.head.find("etag"), "\"a\"");
  EXPECT_EQ(parsed.head.find("x-long"), "one two three");
  EXPECT_EQ(parsed.head.find("x y"), "z");
  EXPECT_EQ(parsed.head.find("x-cr"), "a b");
  EXPECT_EQ(parsed.head.find("x-empty"), "");
}

TEST(HeadParser, RefusesLinesThatAreNoHeaders) {
  EXPECT_EQ(flaw_of(answer("nonsense\r\n")), HttpFlaw::no_header);
  EXPECT_EQ(flaw_of(answer(" folded: first\r\n")), HttpFlaw::no_header);
  EXPECT_EQ(flaw_of(answer("X: a\0b\r\n"s)), HttpFlaw::nul_in_head);
}

TEST(HeadParser, FindsTheEndHoweverItArrives) {
  for (const std::string text : {"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n",
                                 "HTTP/1.1 200 OK\nA: b\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"}) {
    std::size_t seen = 0;
    for (std::size_t come = 0; come < text.size(); ++come) {
      EXPECT_EQ(*find_head_end(text.substr(0, come), seen), std::nullopt) << text << come;
      seen = come;
    }
    EXPECT_EQ(*find_head_end(text + "body\r\n\r\n", seen), text.size()) << text;
  }
}

TEST(HeadParser, KnowsAnotherProtocolByItsFirstBytes) {
  for (const std::string text :
       {"SSH-2.0-x", "\x15\x03\x01", "<html>", "HTTP/2", "x", "\r\n", "HTTP/0.9"})
    EXPECT_EQ(find_head_end(text, 0).error(), HttpFlaw::not_http) << text;
  for (const std::string text : {"", "H", "HTTP/1", "HTTP/1.1 2"})
    EXPECT_EQ(*find_head_end(text, 0), std::nullopt) << text;
}

TEST(HeadParser, BoundsAHead) {
  const auto with_length = [](std::size_t length) {
    const std::string rest = answer("X: \r\n");
    return answer("X: " + std::string(length - rest.size(), 'a') + "\r\n");
  };
  const std::string longest = with_length(kMaxHeadBytes);
  EXPECT_EQ(*find_head_end(longest, 0), kMaxHeadBytes);
  EXPECT_EQ(find_head_end(with_length(kMaxHeadBytes + 1), 0).error(), HttpFlaw::head_too_long);
  // Before its end has come, too.
  EXPECT_EQ(*find_head_end(longest.substr(0, kMaxHeadBytes - 1), 0), std::nullopt);
  EXPECT_EQ(find_head_end("HTTP/1.1 200 " + std::string(kMaxHeadBytes, 'a'), 0).error(),
            HttpFlaw::head_too_long);
}

TEST(HeadParser, BelievesOneLengthOnly) {
  EXPECT_EQ(head_of(answer("Content-Length: 5\r\nContent-Length: 5\r\n")).head.content_length, 5u);
  EXPECT_EQ(head_of(answer("Content-Length: 5, 5\r\n")).head.content_length, 5u);
  EXPECT_EQ(head_of(answer("Content-Length: 9223372036854775807\r\n")).head.content_length,
            9223372036854775807u);
  for (const char* length : {"5\r\nContent-Length: 6", "5, 6", "-1", "+5", "5x", "0x5", "", "5 5",
                             "1e3", "5,", "9223372036854775808", "100000000000000000000000"}) {
    EXPECT_EQ(flaw_of(answer("Content-Length: "s + length + "\r\n")), HttpFlaw::bad_length)
        << length;
  }
}

TEST(HeadParser, KnowsWhatTellsOfTheBodysEnd) {
  EXPECT_EQ(head_of(answer("")).framing, Framing::until_close);
  EXPECT_EQ(head_of(answer("")).head.content_length, std::nullopt);
  for (const char* coding : {"chunked", "Chunked", "identity, chunked", " chunked "}) {
    const ParsedHead parsed = head_of(answer("Transfer-Encoding: "s + coding + "\r\n"));
    EXPECT_EQ(parsed.framing, Framing::chunked) << coding;
    EXPECT_EQ(parsed.head.content_length, std::nullopt);
  }
  EXPECT_EQ(head_of(answer("Transfer-Encoding: identity\r\nContent-Length: 5\r\n")).framing,
            Framing::measured);
  for (const char* coding : {"gzip, chunked", "gzip", "chunked, chunked",
                             "chunked\r\nTransfer-Encoding: chunked", "chunked;x=y", "xchunked"}) {
    EXPECT_EQ(flaw_of(answer("Transfer-Encoding: "s + coding + "\r\n")),
              HttpFlaw::unknown_transfer_coding)
        << coding;
  }
  for (const char* status : {"204", "304", "101"}) {
    const ParsedHead parsed = head_of("HTTP/1.1 "s + status + " X\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(parsed.framing, Framing::none) << status;
    EXPECT_EQ(parsed.head.content_length, 0u);
  }
}

TEST(HeadParser, TakesChunksBeforeALengthAndEndsTheConnectionThen) {
  const ParsedHead parsed = head_of(answer("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_EQ(parsed.framing, Framing::chunked);
  EXPECT_EQ(parsed.head.content_length, std::nullopt);
  EXPECT_FALSE(parsed.keeps_connection);
}

TEST(HeadParser, BelievesNothingOfABodyBeforeATunnel) {
  for (const char* header :
       {"Content-Length: 5", "Content-Length: x", "Content-Length: 1\r\nContent-Length: 2",
        "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"}) {
    const std::string text = answer(header + "\r\n"s);
    const auto tunnel = parse_head(text, Asked::tunnel);
    ASSERT_TRUE(tunnel) << header;
    EXPECT_EQ(tunnel->framing, Framing::none) << header;
    EXPECT_FALSE(tunnel->head.content_length) << header;
  }
  const std::string refused = "HTTP/1.1 407 No\r\nContent-Length: x\r\n\r\n";
  EXPECT_EQ(parse_head(refused, Asked::tunnel).error(), HttpFlaw::bad_length);
}

TEST(HeadParser, KnowsWhetherAnotherRequestMayFollow) {
  const auto keeps = [](const std::string& text) { return head_of(text).keeps_connection; };
  const std::string length = "Content-Length: 5\r\n";
  EXPECT_TRUE(keeps(answer(length)));
  EXPECT_TRUE(keeps(answer("Transfer-Encoding: chunked\r\n")));
  EXPECT_FALSE(keeps(answer(length + "Connection: close\r\n")));
  EXPECT_FALSE(keeps(answer(length + "Connection: Keep-Alive, Close\r\n")));
  EXPECT_FALSE(keeps(answer("")));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\n" + length + "\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length + "\r\n"));
}

}  // namespace
}  // namespace torchhub::net::detail
