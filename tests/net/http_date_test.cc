#include <torchhub/net/http_date.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

TEST(HttpDate, ReadsItsThreeFormats) {
  const auto expected = std::chrono::system_clock::from_time_t(784111777);
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), expected);
}

TEST(HttpDate, KeepsToWhatTheClockCanCount) {
  const auto epoch = std::chrono::system_clock::from_time_t(0);
  EXPECT_EQ(parse_http_date("Mon, 01 Jan 0001 00:00:00 GMT"), epoch);
  EXPECT_EQ(parse_http_date("Wed, 31 Dec 1969 23:59:59 GMT"), epoch);
  EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:01 GMT"), epoch + std::chrono::seconds(1));
  const auto last = parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_GT(last, std::chrono::system_clock::from_time_t(9'000'000'000));
  EXPECT_EQ(last, parse_http_date("Fri, 31 Dec 2999 23:59:59 GMT"));
}

TEST(HttpDate, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1", "06 Nov 1994",
        "Sun, 06 Foo 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace torchhub::net
