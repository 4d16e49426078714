#include <torchhub/net/rate_limit.h>

#include <gtest/gtest.h>

namespace torchhub::net {
namespace {

using namespace std::chrono_literals;

// What can be drawn in `time`, by one who asks again when he is told to.
double drawn(RateLimit& limit, std::chrono::steady_clock::time_point start,
             std::chrono::seconds time) {
  double sum = 0;
  for (auto now = start; now < start + time;) {
    const std::size_t taken = limit.take(65536, now);
    sum += static_cast<double>(taken);
    if (taken == 0) now = std::max(limit.next(now), now + 1us);
  }
  return sum;
}

TEST(RateLimit, HoldsTheRate) {
  const auto start = std::chrono::steady_clock::time_point() + 1h;
  for (const std::uint64_t rate : {100'000u, 1'000'000u, 500'000'000u}) {
    RateLimit limit(rate);
    const auto expected = 20.0 * static_cast<double>(rate);
    EXPECT_NEAR(drawn(limit, start, 20s), expected, 0.05 * expected + 65536) << rate;
  }
}

TEST(RateLimit, CanBeChangedMeanwhile) {
  const auto start = std::chrono::steady_clock::time_point() + 1h;
  RateLimit limit(1'000'000);
  drawn(limit, start, 2s);
  limit.set(10'000'000);
  EXPECT_NEAR(drawn(limit, start + 2s, 10s), 1e8, 5e6);
  limit.set(0);
  EXPECT_EQ(limit.take(1'000'000'000, start + 12s), 1'000'000'000u);
}

TEST(RateLimit, TakesBackWhatWasNotUsed) {
  const auto start = std::chrono::steady_clock::time_point() + 1h;
  RateLimit limit(1'000'000);
  limit.take(1, start);
  const std::size_t taken = limit.take(65536, start + 1s);
  ASSERT_EQ(taken, 65536u);
  limit.give_back(taken);
  EXPECT_EQ(limit.take(65536, start + 1s), 65536u);
}

}  // namespace
}  // namespace torchhub::net
