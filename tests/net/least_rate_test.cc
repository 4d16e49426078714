#include <torchhub/net/detail/plan/least_rate.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

using namespace std::chrono_literals;

// Whether `bytes` a second for `seconds` are enough.
bool lasts(LeastRate& rate, std::uint64_t bytes, int seconds) {
  for (int i = 0; i < seconds; ++i) {
    if (!rate.add(bytes, 1s)) return false;
  }
  return true;
}

TEST(LeastRate, TellsADripFromASlowConnection) {
  for (const std::uint64_t bytes : {1u, 10u, 1000u, 1023u}) {
    LeastRate rate(1024, 30s);
    EXPECT_TRUE(lasts(rate, bytes, 29)) << bytes;
    EXPECT_FALSE(rate.add(bytes, 1s)) << bytes;
  }
  for (const std::uint64_t bytes : {1024u, 2000u, 1u << 20}) {
    LeastRate rate(1024, 30s);
    EXPECT_TRUE(lasts(rate, bytes, 1000)) << bytes;
  }
}

TEST(LeastRate, CountsFromWhenItBeganToDrip) {
  LeastRate rate(1024, 30s);
  EXPECT_TRUE(rate.add(100 << 20, 1s));
  EXPECT_TRUE(lasts(rate, 1, 29));
  EXPECT_FALSE(rate.add(1, 1s));
}

TEST(LeastRate, DoesNotCountThePausesOfTheReader) {
  LeastRate rate(1024, 30s);
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(rate.add(1, 1ms));
}

TEST(LeastRate, MayBeNone) {
  LeastRate none;
  EXPECT_TRUE(lasts(none, 1, 1000));
  LeastRate zero(0, 30s);
  EXPECT_TRUE(lasts(zero, 1, 1000));
}

}  // namespace
}  // namespace torchhub::net::detail
