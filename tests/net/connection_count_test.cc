#include <torchhub/net/detail/connection_count.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace torchhub::net::detail {
namespace {

using namespace std::chrono_literals;

constexpr double kMB = 1e6;
const ConnectionCount::Time kStart = ConnectionCount::Time() + 1h;

// Lets `count` watch a link whose goodput depends on the number of connections and the second.
// Returns the bytes that came.
double watch(ConnectionCount& count, double seconds,
             const std::function<double(unsigned, double)>& goodput, double* now = nullptr,
             unsigned* most = nullptr) {
  double bytes = 0;
  double time = now ? *now : 0;
  const double end = time + seconds;
  while (time < end) {
    bytes += goodput(count.target(), time) * 0.01;
    time += 0.01;
    const auto moment = kStart + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::duration<double>(time));
    if (moment >= count.next_tick())
      count.tick(moment, static_cast<std::uint64_t>(bytes), std::uint64_t{1} << 40, false);
    if (most) *most = std::max(*most, count.target());
  }
  if (now) *now = time;
  return bytes;
}

TEST(ConnectionCount, FindsACapPerConnectionWithinASecond) {
  ConnectionCount count(8, kStart);
  watch(count, 1, [](unsigned n, double) { return n * 16 * kMB; });
  EXPECT_EQ(count.target(), 8u);
}

TEST(ConnectionCount, StaysWithFewWhereMoreBringNothing) {
  ConnectionCount count(8, kStart);
  watch(count, 60, [](unsigned, double) { return 25 * kMB; });
  EXPECT_LE(count.target(), 2u);
}

TEST(ConnectionCount, StopsAtThePlateau) {
  ConnectionCount count(16, kStart);
  watch(count, 60, [](unsigned n, double) { return std::min(n, 5u) * 10 * kMB; });
  EXPECT_GE(count.target(), 4u);
  EXPECT_LE(count.target(), 8u);
}

TEST(ConnectionCount, LeavesALinkThatPunishesMany) {
  // 30 MB/s; more than six connections bring 1 MB/s for 20 s.
  ConnectionCount count(8, kStart);
  double punished_until = -1;
  double now = 0;
  const double bytes = watch(
      count, 40,
      [&](unsigned n, double time) {
        if (n > 6) punished_until = time + 20;
        return time < punished_until ? 1 * kMB : 30 * kMB;
      },
      &now);
  EXPECT_GE(bytes, 0.85 * 40 * 30 * kMB);
}

TEST(ConnectionCount, FallsBackAfterACollapse) {
  ConnectionCount count(8, kStart);
  double now = 0;
  watch(
      count, 5, [](unsigned n, double) { return n * 10 * kMB; }, &now);
  ASSERT_EQ(count.target(), 8u);
  unsigned least = 8;
  for (int i = 0; i < 50; ++i) {
    watch(
        count, 0.2, [](unsigned, double) { return 1 * kMB; }, &now);
    least = std::min(least, count.target());
  }
  EXPECT_LE(least, 2u);
}

TEST(ConnectionCount, HalvesWhereTheServerPushesBack) {
  ConnectionCount count(8, kStart);
  double now = 0;
  watch(
      count, 2, [](unsigned n, double) { return n * 10 * kMB; }, &now);
  ASSERT_EQ(count.target(), 8u);
  count.push_back(kStart + 2s);
  EXPECT_EQ(count.target(), 4u);
  unsigned most = 0;
  watch(
      count, 50, [](unsigned n, double) { return n * 10 * kMB; }, &now, &most);
  EXPECT_EQ(most, 4u);
}

TEST(ConnectionCount, TakesARefusalAsTheCeiling) {
  ConnectionCount count(8, kStart);
  double now = 0;
  watch(
      count, 2, [](unsigned n, double) { return n * 10 * kMB; }, &now);
  count.refuse_more(kStart + 2s, 3);
  EXPECT_EQ(count.target(), 3u);
}

}  // namespace
}  // namespace torchhub::net::detail
