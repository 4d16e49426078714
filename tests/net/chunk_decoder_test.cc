#include <torchhub/net/detail/http/chunk_decoder.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace torchhub::net::detail {
namespace {

using namespace std::string_literals;

struct Decoded {
  std::string body;
  std::string rest;  // what was not used
  bool is_done = false;
  std::optional<HttpFlaw> flaw;
};

// Feeds `text` in pieces of `step` bytes, into room for as many.
Decoded decode(const std::string& text, std::size_t step = 1 << 20) {
  ChunkDecoder decoder;
  Decoded decoded;
  std::string room(step, '\0');
  std::size_t at = 0;
  while (at < text.size() && !decoder.is_done()) {
    const std::string in = text.substr(at, step);
    const auto did =
        decoder.decode(std::as_bytes(std::span(in)), std::as_writable_bytes(std::span(room)));
    if (!did) {
      decoded.flaw = did.error();
      break;
    }
    at += did->used;
    decoded.body.append(room, 0, did->given);
  }
  decoded.rest = text.substr(at);
  decoded.is_done = decoder.is_done();
  return decoded;
}

TEST(ChunkDecoder, ReadsABodyHoweverItArrives) {
  const std::string text =
      "5\r\nhello\r\n01A;x=\"y z\"\r\n" + std::string(26, 'w') + "\r\n0\r\nSum: 1\r\n\r\nnext";
  for (const std::size_t step : {1, 2, 3, 7, 1000}) {
    const Decoded decoded = decode(text, step);
    EXPECT_EQ(decoded.body, "hello" + std::string(26, 'w')) << step;
    EXPECT_EQ(decoded.rest, "next") << step;
    EXPECT_TRUE(decoded.is_done) << step;
  }
}

TEST(ChunkDecoder, ReadsEachDigitOfASize) {
  const std::string digits = "123456789abcdefABCDEF";
  for (const char digit : digits) {
    const std::string body(std::stoul(std::string(1, digit), nullptr, 16), 'w');
    const Decoded decoded = decode(std::string(1, digit) + "\r\n" + body + "\r\n0\r\n\r\n");
    EXPECT_EQ(decoded.body, body) << digit;
    EXPECT_TRUE(decoded.is_done) << digit;
  }
  // What stands beside the digits in ASCII.
  for (const char other : {'/', ':', '@', 'G', '`', 'g'})
    EXPECT_EQ(decode(std::string(1, other) + "\r\n").flaw, HttpFlaw::bad_chunk_size) << other;
}

TEST(ChunkDecoder, UnderstandsWhatIsNotQuiteRight) {
  for (const char* text :
       {"3 \r\nabc\r\n0\r\n\r\n", "3\t\r\nabc\r\n0   \r\n\r\n", "  3\r\nabc\r\n0\r\n\r\n",
        "3  ;ext\r\nabc\r\n0\r\n\r\n", "3\nabc\n0\n\n", "003\r\nabc\r\n000\r\n\r\n",
        "3;a;b=c;d=\"e\r\nabc\r\n0;last\r\n\r\n", "3;\rx\r\nabc\r\n0\r\nA: b\nC\r\n\n"}) {
    const Decoded decoded = decode(text);
    EXPECT_EQ(decoded.body, "abc") << text;
    EXPECT_TRUE(decoded.is_done) << text;
    EXPECT_EQ(decoded.rest, "") << text;
  }
}

TEST(ChunkDecoder, RefusesSizesThatAreNone) {
  for (const char* size : {"", ";x", "g", "0x3", "-3", "+3", "3 3", "3x", "3\rx", " ", "3,",
                           "8000000000000000", "10000000000000000", "00000000000000003"}) {
    EXPECT_EQ(decode(size + "\r\nabc\r\n"s).flaw, HttpFlaw::bad_chunk_size) << size;
  }
  EXPECT_EQ(decode("7fffffffffffffff\r\nabc").body, "abc");
}

TEST(ChunkDecoder, RefusesAChunkThatGoesOn) {
  EXPECT_EQ(decode("3\r\nabcd\r\n0\r\n\r\n").flaw, HttpFlaw::chunk_without_end);
  EXPECT_EQ(decode("3\r\nabc\rd\n0\r\n\r\n").flaw, HttpFlaw::chunk_without_end);
  EXPECT_EQ(decode("3\r\nabc0\r\n\r\n").flaw, HttpFlaw::chunk_without_end);
}

TEST(ChunkDecoder, IsNotDoneBeforeTheTrailersEnd) {
  for (const char* text : {"3\r\nabc", "3\r\nabc\r\n", "3\r\nabc\r\n0", "3\r\nabc\r\n0\r\n",
                           "3\r\nabc\r\n0\r\n\r", "3\r\nabc\r\n0\r\nA: b\r\n"}) {
    const Decoded decoded = decode(text);
    EXPECT_EQ(decoded.body, "abc") << text;
    EXPECT_FALSE(decoded.is_done) << text;
    EXPECT_FALSE(decoded.flaw) << text;
  }
}

TEST(ChunkDecoder, BoundsTheLineOfASize) {
  for (const char* begin : {"3;", "3 ;x=", "", "3", "3\t;"}) {
    const char* more = std::string(begin).empty() || begin == "3"s ? " " : "a";
    std::string line = begin;
    while (line.size() < std::size_t{32} << 10) line += more;
    EXPECT_EQ(decode(line).flaw, HttpFlaw::chunk_line_too_long) << begin;
    EXPECT_EQ(decode(line, 1).flaw, HttpFlaw::chunk_line_too_long) << begin;
  }
  EXPECT_EQ(decode(std::string(100, '0')).flaw, HttpFlaw::bad_chunk_size);
  EXPECT_EQ(decode("3;" + std::string(10'000, 'a') + "\r\nabc\r\n0\r\n\r\n").body, "abc");
}

TEST(ChunkDecoder, BoundsExtensionsByWhatTheyCarry) {
  // A kilobyte for every byte of the body.
  std::string padded;
  for (int i = 0; i < 100; ++i) padded += "1;" + std::string(1000, 'a') + "\r\nx\r\n";
  EXPECT_EQ(decode(padded).flaw, HttpFlaw::too_many_extensions);
  // Signatures of chunks, as some object stores send them, beside the data that they sign.
  std::string sealed;
  for (int i = 0; i < 100; ++i)
    sealed +=
        "400;chunk-signature=" + std::string(64, 'f') + "\r\n" + std::string(1024, 'x') + "\r\n";
  EXPECT_EQ(decode(sealed).body.size(), 102'400u);
  // And the smallest chunks without any.
  std::string small;
  for (int i = 0; i < 100'000; ++i) small += "1\r\nx\r\n";
  EXPECT_EQ(decode(small).body.size(), 100'000u);
}

TEST(ChunkDecoder, BoundsATrailer) {
  std::string lines;
  while (lines.size() < std::size_t{400} << 10) lines += "X-A: " + std::string(100, 'a') + "\r\n";
  EXPECT_EQ(decode("0\r\n" + lines).flaw, HttpFlaw::trailer_too_long);
  EXPECT_EQ(decode("0\r\n" + std::string(std::size_t{400} << 10, 'a')).flaw,
            HttpFlaw::trailer_too_long);
  EXPECT_TRUE(decode("0\r\n" + lines.substr(0, 100 * 107) + "\r\n").is_done);
}

}  // namespace
}  // namespace torchhub::net::detail
