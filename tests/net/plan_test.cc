#include <torchhub/net/detail/plan/plan.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t MiB = std::uint64_t{1} << 20;
const Plan::Time kStart = Plan::Time() + 1h;

// `rate` bytes a second arrive and are kept for `time`.
void run(Plan& plan, unsigned worker, std::uint64_t& at, double rate, double time,
         Plan::Time& now) {
  for (int i = 0; i < 20; ++i) {
    now +=
        std::chrono::duration_cast<Plan::Time::duration>(std::chrono::duration<double>(time / 20));
    const auto bytes = static_cast<std::uint64_t>(rate * time / 20);
    plan.received(worker, bytes, now);
    plan.commit(worker, at, bytes);
    at += bytes;
  }
}

TEST(Plan, GivesTheLowestBytesFirst) {
  Plan plan{Granules(100 * MiB)};
  const Range first = *plan.claim(0, kStart);
  const Range second = *plan.claim(1, kStart);
  EXPECT_EQ(first.begin, 0u);
  EXPECT_EQ(second.begin, first.end);
}

TEST(Plan, RoundsUpToGranules) {
  EXPECT_EQ(plan_detail::granule_ceiling(0), 0u);
  EXPECT_EQ(plan_detail::granule_ceiling(1), kGranuleBytes);
  EXPECT_EQ(plan_detail::granule_ceiling(kGranuleBytes), kGranuleBytes);
  EXPECT_EQ(plan_detail::granule_ceiling(kGranuleBytes + 1), 2 * kGranuleBytes);
}

// What workers give back becomes one gap with what lies beside it, and not with what another one still has.
TEST(Plan, JoinsWhatIsGivenBack) {
  for (const unsigned last : {1u, 2u}) {
    Plan plan{Granules(100 * MiB)};
    for (unsigned worker = 0; worker < 3; ++worker)
      plan.adopt(worker, Range{worker * MiB, (worker + 1) * MiB}, kStart);
    plan.release(0);
    plan.release(last);
    EXPECT_EQ(*plan.claim(3, kStart), (Range{0, (last == 1 ? 2 : 1) * MiB})) << last;
  }
}

TEST(Plan, DoesNotFetchAgainWhatIsOnItsWayIntoTheSink) {
  Plan plan{Granules(4 * MiB)};
  const Range all = *plan.claim(0, kStart);
  EXPECT_EQ(all, (Range{0, 4 * MiB}));
  plan.received(0, all.size(), kStart);
  EXPECT_FALSE(plan.claim(1, kStart + 10s));
}

TEST(Plan, LearnsNoRateFromAFewBytes) {
  Plan plan{Granules(100 * MiB)};
  const std::uint64_t unknown = plan.claim(0, kStart)->size();
  plan.received(0, 100, kStart);
  plan.release(0);
  EXPECT_EQ(plan.claim(0, kStart)->size(), unknown);
}

TEST(Plan, IsMadeAtOnceForAnyLength) {
  for (const std::uint64_t total : {std::uint64_t{1} << 50, kMaxFileBytes}) {
    Plan plan{Granules(total)};
    EXPECT_EQ(plan.claim(0, kStart)->begin, 0u);
    plan.release(0);
    Plan whole(Granules(total), false);
    EXPECT_EQ(whole.claim(0, kStart), (Range{0, total}));
    whole.received(0, 5, kStart);
    whole.commit(0, 0, 5);
    whole.release(0);
    EXPECT_EQ(whole.claim(0, kStart), (Range{5, total}));
  }
}

TEST(Plan, GivesBackWhatAWorkerLeaves) {
  Plan plan{Granules(100 * MiB)};
  const Range first = *plan.claim(0, kStart);
  plan.received(0, MiB, kStart);
  plan.commit(0, 0, MiB);
  plan.release(0);
  EXPECT_EQ(plan.claim(0, kStart)->begin, MiB);
  EXPECT_GT(first.end, MiB);
}

// A granule is filled from its front: a second worker must not begin in the middle of one that the first has not
// come to.
TEST(Plan, HasNoHoleWhereAnAnswerEndsWithinAGranule) {
  const std::uint64_t cut = 5 * MiB + 77;
  for (const bool is_first_answer : {false, true}) {
    Plan plan{Granules(12 * MiB)};
    if (is_first_answer) {
      plan.adopt(0, Range{0, cut}, kStart);
    } else {
      plan.claim(0, kStart);
      plan.release(0);
      plan.adopt(0, Range{0, 12 * MiB}, kStart);
      plan.shorten(0, cut);
    }
    const auto fetch = [&](unsigned worker, Range range) {
      plan.received(worker, range.size(), kStart);
      plan.commit(worker, range.begin, range.size());
      plan.release(worker);
    };
    // The second is done before the first brings anything.
    fetch(1, *plan.claim(1, kStart));
    fetch(0, Range{0, cut});
    for (int i = 0; i < 20 && !plan.is_complete(); ++i) {
      const auto range = plan.claim(2, kStart);
      ASSERT_TRUE(range);
      fetch(2, *range);
    }
    EXPECT_TRUE(plan.is_complete());
  }
}

TEST(Plan, KeepsOneSpanWhereThereAreNoRanges) {
  Plan plan(Granules(100 * MiB), false);
  EXPECT_EQ(plan.claim(0, kStart), (Range{0, 100 * MiB}));
  EXPECT_EQ(plan.claim(1, kStart), std::nullopt);
}

TEST(Plan, StaysNearWhatIsDigested) {
  Plan plan{Granules(std::uint64_t{4} << 30)};
  std::uint64_t end = 0;
  unsigned worker = 0;
  while (const auto range = plan.claim(worker++, kStart)) {
    if (range->begin < end) break;  // a theft
    end = range->end;
  }
  EXPECT_GE(end, 128 * MiB);
  EXPECT_LE(end, 256 * MiB);
}

TEST(Plan, StealsTheEndOfTheSpanThatWouldLastLongest) {
  Plan plan{Granules(16 * MiB)};
  plan.adopt(0, Range{0, 16 * MiB}, kStart);
  Plan::Time now = kStart;
  std::uint64_t at = 0;
  run(plan, 0, at, 1.0 * MiB, 2, now);
  const Range stolen = *plan.claim(1, now);
  EXPECT_EQ(stolen.end, 16 * MiB);
  EXPECT_EQ(plan.end_of(0), stolen.begin);
  // Both are to be done at once.
  EXPECT_NEAR(static_cast<double>(stolen.begin), 9.0 * MiB, 1.0 * MiB);
}

TEST(Plan, ReplacesAConnectionThatCrawls) {
  Plan plan{Granules(MiB / 2)};
  plan.adopt(0, Range{0, MiB / 2}, kStart);
  Plan::Time now = kStart;
  std::uint64_t at = 0;
  run(plan, 0, at, 10'000, 1, now);
  now += 5s;
  const Range rest = *plan.claim(1, now);
  EXPECT_LE(rest.end, MiB / 2);
  EXPECT_FALSE(plan.is_superseded(0));
  if (rest.begin == at) {
    plan.received(1, 1000, now);
    plan.commit(1, at, 1000);
    EXPECT_TRUE(plan.is_superseded(0));
    plan.release(0);
    EXPECT_EQ(plan.claim(2, now), std::nullopt);
  }
}

TEST(Plan, FetchesADroppedGranuleAgain) {
  Plan plan{Granules(MiB)};
  plan.adopt(0, Range{0, MiB}, kStart);
  plan.commit(0, 0, MiB);
  plan.release(0);
  EXPECT_TRUE(plan.is_complete());
  plan.drop_granule(2);
  EXPECT_FALSE(plan.is_complete());
  EXPECT_EQ(plan.claim(0, kStart), (Range{2 * kGranuleBytes, 3 * kGranuleBytes}));
}

}  // namespace
}  // namespace torchhub::net::detail
