#include <torchhub/net/detail/plan/overall_rate.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

using std::chrono::seconds;

const OverallRate::Time kStart = OverallRate::Time() + std::chrono::hours(1);

TEST(OverallRate, IsBadAfterTwiceTheTimeWithoutEnough) {
  OverallRate rate(1000, seconds(10));
  rate.expect(kStart);
  EXPECT_FALSE(rate.gets_no_better(kStart + seconds(19)));
  EXPECT_TRUE(rate.gets_no_better(kStart + seconds(20)));
}

TEST(OverallRate, CountsFromTheFirstAnswer) {
  OverallRate rate(1000, seconds(10));
  rate.expect(kStart);
  rate.expect(kStart + seconds(15));
  EXPECT_TRUE(rate.gets_no_better(kStart + seconds(20)));
}

TEST(OverallRate, IsGoodWhereEnoughComes) {
  OverallRate rate(1000, seconds(10));
  rate.expect(kStart);
  // The first byte begins a time.
  rate.add(1, kStart);
  for (int second = 1; second <= 30; ++second) rate.add(1000, kStart + seconds(second));
  EXPECT_FALSE(rate.gets_no_better(kStart + seconds(49)));
  EXPECT_TRUE(rate.gets_no_better(kStart + seconds(50)));
}

TEST(OverallRate, IsBadWhereLessComes) {
  OverallRate rate(1000, seconds(10));
  rate.expect(kStart);
  rate.add(1, kStart);
  for (int second = 1; second <= 30; ++second) rate.add(990, kStart + seconds(second));
  EXPECT_TRUE(rate.gets_no_better(kStart + seconds(30)));
}

TEST(OverallRate, BeginsAnewWithAnotherServer) {
  OverallRate rate(1000, seconds(10));
  rate.expect(kStart);
  rate.begin_anew(kStart + seconds(20));
  EXPECT_FALSE(rate.gets_no_better(kStart + seconds(39)));
  EXPECT_TRUE(rate.gets_no_better(kStart + seconds(40)));
}

}  // namespace
}  // namespace torchhub::net::detail
