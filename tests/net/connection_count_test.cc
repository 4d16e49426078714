#include <torchhub/net/detail/plan/connection_count.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace torchhub::net::detail {
namespace {

using namespace std::chrono_literals;

constexpr double kMB = 1e6;
const ConnectionCount::Time kStart = ConnectionCount::Time() + 1h;

// A count that watches a link.
struct Course {
  // For so many seconds, `goodput` is what comes with a number of connections at a time.
  void watch(double seconds, const std::function<double(unsigned, double)>& goodput) {
    most = 0;
    least = ~0u;
    const double end = time + seconds;
    while (time < end) {
      bytes += goodput(count.target(), time) * 0.01;
      time += 0.01;
      const auto moment = kStart + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       std::chrono::duration<double>(time));
      if (moment >= count.next_tick())
        count.tick(moment, static_cast<std::uint64_t>(bytes), std::uint64_t{1} << 40, false);
      most = std::max(most, count.target());
      least = std::min(least, count.target());
    }
  }

  ConnectionCount count{8, kStart};
  double time = 0;  // seconds
  double bytes = 0;
  unsigned most = 0;  // connections, while it watched last
  unsigned least = 0;
};

double capped_each(unsigned n, double) { return n * 16 * kMB; }

TEST(ConnectionCount, FindsACapPerConnectionWithinASecond) {
  Course course;
  course.watch(1, capped_each);
  EXPECT_EQ(course.count.target(), 8u);
}

// The numbers that there were one after the other, within so many seconds.
std::vector<unsigned> steps(Course& course, double seconds,
                            const std::function<double(unsigned, double)>& goodput) {
  std::vector<unsigned> seen{course.count.target()};
  for (const double end = course.time + seconds; course.time < end;) {
    course.watch(0.01, goodput);
    if (course.count.target() != seen.back()) seen.push_back(course.count.target());
  }
  return seen;
}

TEST(ConnectionCount, MultipliesWhileEachStepPays) {
  Course course;
  EXPECT_EQ(steps(course, 2, capped_each), (std::vector<unsigned>{1, 4, 8}));
}

TEST(ConnectionCount, TriesOneLessWhereTheGoodputFalls) {
  Course course;
  course.watch(3, capped_each);
  const auto half = [](unsigned n, double) { return n * 8 * kMB; };
  const std::vector<unsigned> seen = steps(course, 4, half);
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen[0], 8U);
  EXPECT_EQ(seen[1], 7U);
}

TEST(ConnectionCount, StaysWithFewWhereMoreBringNothing) {
  Course course;
  course.watch(60, [](unsigned, double) { return 25 * kMB; });
  EXPECT_LE(course.count.target(), 2u);
}

TEST(ConnectionCount, StopsAtThePlateau) {
  Course course;
  course.watch(60, [](unsigned n, double) { return std::min(n, 5u) * 10 * kMB; });
  EXPECT_GE(course.least, 1u);
  EXPECT_GE(course.count.target(), 4u);
}

TEST(ConnectionCount, LeavesALinkThatPunishesMany) {
  // 30 MB/s; more than six connections bring 1 MB/s for 20 s.
  Course course;
  double punished_until = -1;
  course.watch(40, [&](unsigned n, double time) {
    if (n > 6) punished_until = time + 20;
    return time < punished_until ? 1 * kMB : 30 * kMB;
  });
  EXPECT_GE(course.bytes, 0.85 * 40 * 30 * kMB);
}

TEST(ConnectionCount, FallsBackAfterACollapse) {
  Course course;
  course.watch(5, capped_each);
  ASSERT_EQ(course.count.target(), 8u);
  course.watch(10, [](unsigned, double) { return 1 * kMB; });
  EXPECT_LE(course.least, 2u);
}

TEST(ConnectionCount, HalvesWhereTheServerPushesBack) {
  Course course;
  course.watch(2, capped_each);
  ASSERT_EQ(course.count.target(), 8u);
  course.count.push_back(kStart + 2s);
  EXPECT_EQ(course.count.target(), 4u);
  course.watch(50, capped_each);
  EXPECT_EQ(course.most, 4u);
}

TEST(ConnectionCount, TakesARefusalAsTheCeiling) {
  Course course;
  course.watch(2, capped_each);
  course.count.refuse_more(kStart + 2s, 3);
  EXPECT_EQ(course.count.target(), 3u);
}

}  // namespace
}  // namespace torchhub::net::detail
