#include <torchhub/net/detail/transfer/opening.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

ResponseHead head(unsigned status, std::vector<Header> headers,
                  std::optional<std::uint64_t> length = std::nullopt) {
  ResponseHead head;
  head.status = status;
  head.headers = std::move(headers);
  head.content_length = length;
  return head;
}

ResponseHead part(const std::string& range, std::optional<std::uint64_t> length = std::nullopt) {
  return head(206, {{"Content-Range", range}}, length);
}

TEST(Opening, TellsAPartFromTheWhole) {
  EXPECT_TRUE(is_whole_status(200));
  EXPECT_TRUE(is_whole_status(203));
  for (const unsigned status : {199U, 201U, 202U, 204U, 206U, 404U})
    EXPECT_FALSE(is_whole_status(status)) << status;
  EXPECT_TRUE(is_part(head(206, {})));
  EXPECT_FALSE(is_part(head(200, {})));
  EXPECT_TRUE(is_part(head(200, {{"content-range", "bytes 0-1/2"}})));
  EXPECT_FALSE(is_part(head(404, {{"content-range", "bytes 0-1/2"}})));
}

TEST(Opening, TakesTheRangeThatWasAskedForOrAShorterOne) {
  const Range asked{10, 20};
  ASSERT_TRUE(range_of(part("bytes 10-19/100"), asked));
  EXPECT_EQ(range_of(part("bytes 10-19/100"), asked)->end, 20U);
  EXPECT_EQ(range_of(part("bytes 10-14/100", 5), asked)->end, 15U);
  EXPECT_FALSE(range_of(part("bytes 9-19/100"), asked)) << "it begins before";
  EXPECT_FALSE(range_of(part("bytes 11-19/100"), asked)) << "it begins behind";
  EXPECT_FALSE(range_of(part("bytes 10-20/100"), asked)) << "it ends behind";
  EXPECT_FALSE(range_of(part("bytes 10-19/100", 9), asked)) << "it is not as long as it says";
  EXPECT_FALSE(range_of(part("bytes */100"), Range{0, 0}));
  EXPECT_FALSE(range_of(part("lines 10-19/100"), asked));
  EXPECT_FALSE(range_of(head(206, {}), asked));
  EXPECT_FALSE(range_of(
      head(206, {{"Content-Range", "bytes 10-19/100"}, {"Content-Encoding", "gzip"}}), asked));
}

TEST(Opening, BelievesARangeThatIsTheWhole) {
  const auto is_it = [](const char* range, std::optional<std::uint64_t> length) {
    return is_whole(*parse_content_range(range), head(200, {}, length));
  };
  EXPECT_TRUE(is_it("bytes 0-99/100", 100));
  EXPECT_TRUE(is_it("bytes 0-99/100", std::nullopt));
  EXPECT_TRUE(is_it("bytes */100", 100));
  EXPECT_FALSE(is_it("bytes 0-99/100", 99));
  EXPECT_FALSE(is_it("bytes 0-98/100", 100));
  EXPECT_FALSE(is_it("bytes 1-99/100", 100));
  EXPECT_FALSE(is_it("bytes 0-99/*", 100));
}

TEST(Opening, KnowsFilesThatAreCompressed) {
  const auto is_it = [](const char* url) { return is_compressed_file(*Url::parse(url)); };
  EXPECT_TRUE(is_it("http://a/b.gz"));
  EXPECT_TRUE(is_it("http://a/b.tgz?x=1"));
  EXPECT_FALSE(is_it("http://a/b.pth?x=.gz"));
  EXPECT_FALSE(is_it("http://a/b.gz/c"));
  EXPECT_TRUE(is_gzip("gzip"));
  EXPECT_TRUE(is_gzip("x-gzip"));
  EXPECT_FALSE(is_gzip(""));
  EXPECT_FALSE(is_gzip("br"));
}

}  // namespace
}  // namespace torchhub::net::detail
