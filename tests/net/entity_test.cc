#include <torchhub/net/entity.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

ResponseHead head(std::vector<Header> headers) {
  ResponseHead head;
  head.status = 206;
  head.headers = std::move(headers);
  return head;
}

Entity tagged(const std::string& etag, std::optional<std::uint64_t> total = 10) {
  return entity_of(head({{"ETag", etag}}), total);
}

TEST(Entity, PrefersAStrongTagToADate) {
  const Entity entity = entity_of(head({{"ETag", "\"a\""},
                                        {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                        {"Date", "Sun, 06 Nov 1994 08:49:39 GMT"}}),
                                  10);
  EXPECT_TRUE(entity.has_strong_validator());
  EXPECT_EQ(entity.if_range(), "\"a\"");
}

TEST(Entity, NeverSendsAWeakTag) {
  const Entity entity = tagged("W/\"a\"");
  EXPECT_FALSE(entity.has_strong_validator());
  EXPECT_EQ(entity.if_range(), "");
}

TEST(Entity, TakesADateOnlyWhenItsSecondIsOver) {
  const auto dated = [](const char* date) {
    return entity_of(head({{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Date", date}}),
                     10);
  };
  EXPECT_TRUE(dated("Sun, 06 Nov 1994 08:49:38 GMT").has_strong_validator());
  EXPECT_FALSE(dated("Sun, 06 Nov 1994 08:49:37 GMT").has_strong_validator());
  EXPECT_FALSE(dated("").has_strong_validator());
}

TEST(Entity, TellsContentsApart) {
  EXPECT_TRUE(may_be_same(tagged("\"a\""), tagged("\"a\""), false));
  EXPECT_TRUE(may_be_same(tagged("\"a\""), tagged("W/\"a\""), false));
  EXPECT_FALSE(may_be_same(tagged("\"a\""), tagged("\"b\""), false));
  EXPECT_FALSE(may_be_same(tagged("\"a\"", 10), tagged("\"a\"", 11), false));
  Entity early = tagged("");
  early.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  Entity late = early;
  late.last_modified = "Sun, 06 Nov 1994 08:49:38 GMT";
  EXPECT_FALSE(may_be_same(early, late, false));
}

TEST(Entity, LeavesTagsToAKnownHash) {
  EXPECT_TRUE(may_be_same(tagged("\"a\""), tagged("\"b\""), true));
  EXPECT_FALSE(may_be_same(tagged("\"a\"", 10), tagged("\"a\"", 11), true));
}

}  // namespace
}  // namespace torchhub::net
