#include <torchhub/net/content_range.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

TEST(ContentRange, ReadsRanges) {
  const ContentRange range = parse_content_range("bytes 10-99/1000").value();
  EXPECT_FALSE(range.is_unsatisfied);
  EXPECT_EQ(range.first, 10u);
  EXPECT_EQ(range.end, 100u);
  EXPECT_EQ(range.total, 1000u);
  EXPECT_EQ(parse_content_range("Bytes 0-0/*").value().total, std::nullopt);
  const std::uint64_t large = std::uint64_t{5} << 32;
  const std::string text = "bytes 0-" + std::to_string(large - 1) + "/" + std::to_string(large);
  EXPECT_EQ(parse_content_range(text).value().end, large);
}

TEST(ContentRange, ReadsWhatA416Says) {
  const ContentRange range = parse_content_range("bytes */1000").value();
  EXPECT_TRUE(range.is_unsatisfied);
  EXPECT_EQ(range.total, 1000u);
}

TEST(ContentRange, RefusesWhatMakesNoSense) {
  for (const char* text :
       {"", "bytes", "bytes 0-9", "items 0-9/10", "bytes 9-0/10", "bytes 0-10/10", "bytes -9/10",
        "bytes 0-/10", "bytes 5/10", "bytes /10", "bytes 0-9/", "bytes */*", "bytes 0-9/10x",
        "bytes 0x0-9/10", "bytes 0-18446744073709551615/*", "bytes 0-99999999999999999999/*",
        "bytes=0-9/10"}) {
    EXPECT_EQ(parse_content_range(text).error(), errc::bad_response) << text;
  }
}

}  // namespace
}  // namespace torchhub::net
