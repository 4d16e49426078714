// The planner and the connection count over thousands of random links, in simulated time.

#include <torchhub/net/detail/plan/connection_count.h>
#include <torchhub/net/detail/plan/plan.h>
#include <torchhub/tests/support/sanitizer.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace torchhub::net::detail {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr double kMB = 1e6;
// Seconds until a connection that was slowed is known to be slow: an ideal schedule would have
// known before.
constexpr double kNotice = 1.5;
// What is not worth splitting any more, in seconds.
constexpr double kLastSplit = 0.2;

Time at(double seconds) {
  return Time() + std::chrono::hours(1) +
         std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(seconds));
}

// A link: what it carries at most, what each connection may, and how they misbehave.
struct Link {
  std::uint64_t total = 0;
  double line = 0;                 // bytes per second, all connections
  std::vector<double> connection;  // bytes per second, each
  double round_trip = 0;
  unsigned slowed = ~0u;   // this connection falls to a twentieth ...
  double slowed_from = 0;  // ... from this second on
  bool is_lossy = false;   // connections break now and then
};

Link random_link(std::mt19937& random) {
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  const auto log_uniform = [&](double low, double high) {
    return std::exp(uniform(std::log(low), std::log(high)));
  };
  Link link;
  link.line = log_uniform(2 * kMB, 2000 * kMB);
  link.total = static_cast<std::uint64_t>(link.line * log_uniform(3, 25)) + random() % 1000;
  link.total = std::max<std::uint64_t>(link.total, 20'000'000);
  // Beyond so many bytes on the way, a request's round trip shows in spans that fit the window.
  link.round_trip = std::min(log_uniform(0.0005, 0.2), 40 * kMB / link.line);
  const double each = link.line * log_uniform(0.08, 2);
  const double spread = uniform(0, 0.6);
  for (int i = 0; i < 8; ++i) link.connection.push_back(each * uniform(1 - spread, 1 + spread));
  if (random() % 3 == 0) {
    link.slowed = static_cast<unsigned>(random() % 4);
    link.slowed_from = uniform(0, 5);
  }
  link.is_lossy = random() % 4 == 0;
  return link;
}

struct Result {
  double seconds = 0;
  double ramp = 0;  // until the number of connections stopped growing fast
  std::uint64_t wasted = 0;
  bool is_exact = false;
  double ideal = 0;
};

// What the link could have carried with as many connections as the plan had.
double carried(const Link& link, const std::vector<double>& rates) {
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return std::min(sum, link.line);
}

Result simulate(const Link& link, unsigned seed) {
  struct Worker {
    bool is_busy = false;
    std::uint64_t at = 0;    // received so far
    std::uint64_t kept = 0;  // committed so far
    double first_byte = 0;   // when it comes
    double part = 0;         // of a byte
    double next_try = 0;     // when an idle worker asks again
    double committed = 0;    // when it committed last
  };
  std::mt19937 random(seed);
  Plan plan{Granules(link.total)};
  ConnectionCount count(8, at(0));
  count.set_round_trip(link.round_trip);
  plan.set_latency(link.round_trip);
  std::vector<Worker> workers(8);
  std::vector<std::uint64_t> written(plan.granules().count());
  Result result;
  std::uint64_t received = 0;
  std::uint64_t fresh = 0;
  // A step is short against the transfer and the round trip.
  const double step = std::clamp(static_cast<double>(link.total) / link.line / 2000, 0.001, 0.01);
  double now = 0;
  double possible = 0;  // bytes that the connections there were could have brought
  const auto rate_of = [&](unsigned i) {
    const bool slow = i == link.slowed && now >= link.slowed_from;
    return link.connection[i] / (slow ? 20 : 1);
  };
  const auto commit = [&](unsigned i, bool& goes_on) {
    Worker& worker = workers[i];
    const std::uint64_t length = worker.at - worker.kept;
    if (length == 0) return;
    const auto committed = plan.commit(i, worker.kept, length);
    fresh += committed.fresh;
    worker.kept = worker.at;
    worker.committed = now;
    goes_on = committed.goes_on;
  };
  while (!plan.is_complete() && now < 4000) {
    now += step;
    if (at(now) >= count.next_tick()) {
      const unsigned before = count.target();
      count.tick(at(now), received, link.total - plan.granules().filled(), false);
      if (count.target() > before && now < 5) result.ramp = now;
    }
    plan.set_connections(count.target());
    plan.set_digested(plan.granules().contiguous_end(0));
    for (unsigned i = 0; i < 8; ++i) {
      Worker& worker = workers[i];
      if (worker.is_busy && (plan.is_superseded(i) || (link.is_lossy && random() % 40000 == 0))) {
        bool ignored = false;
        commit(i, ignored);
        plan.release(i);
        worker.is_busy = false;
      }
      if (!worker.is_busy && i < count.target() && now >= worker.next_try) {
        worker.next_try = now + 0.02;
        if (const auto range = plan.claim(i, at(now))) {
          const bool is_new = worker.first_byte == 0;
          worker =
              Worker{true, range->begin, range->begin, now + link.round_trip * (is_new ? 2 : 1), 0,
                     0,    now};
        }
      }
    }
    std::vector<double> rates;
    for (unsigned i = 0; i < 8; ++i) {
      if (workers[i].is_busy && now >= workers[i].first_byte) rates.push_back(rate_of(i));
    }
    double sum = 0;
    for (const double rate : rates) sum += rate;
    const double share = sum > link.line ? link.line / sum : 1;
    std::vector<double> wanted;
    for (unsigned i = 0; i < std::max(count.target(), 1u); ++i) wanted.push_back(rate_of(i));
    possible += carried(link, wanted) * step;
    for (unsigned i = 0; i < 8; ++i) {
      Worker& worker = workers[i];
      if (!worker.is_busy || now < worker.first_byte) continue;
      worker.part += rate_of(i) * share * step;
      const auto came = std::min(static_cast<std::uint64_t>(worker.part),
                                 plan.end_of(i) - std::min(worker.at, plan.end_of(i)));
      worker.part -= std::floor(worker.part);
      if (came > 0) {
        worker.at += came;
        received += came;
        plan.received(i, came, at(now));
      }
      bool goes_on = true;
      const bool is_due =
          worker.at - worker.kept >= kGranuleBytes || now - worker.committed >= 0.25;
      if (is_due || worker.at >= plan.end_of(i)) commit(i, goes_on);
      if (!goes_on || worker.at >= plan.end_of(i)) {
        plan.release(i);
        worker.is_busy = false;
      }
    }
  }
  result.seconds = now;
  result.wasted = received - fresh;
  result.is_exact = fresh == link.total && plan.is_complete();
  // In an ideal schedule no connection ever waits and all end at once: the transfer would have been
  // over when the link could have brought everything.
  result.ideal = now * std::min(1.0, static_cast<double>(link.total) / std::max(possible, 1.0));
  return result;
}

// A quarter of the links each, so that they can run at once.
class PlanSimulation : public testing::TestWithParam<unsigned> {};

TEST_P(PlanSimulation, BringsEveryByteOnceAndEndsNearTheIdeal) {
  // One thread, ten times as slow under a sanitizer.
  constexpr unsigned kLinks = tests::kIsSanitized ? 100 : 2500;
  for (unsigned seed = 1 + GetParam() * kLinks; seed <= (1 + GetParam()) * kLinks; ++seed) {
    std::mt19937 random(seed);
    const Link link = random_link(random);
    const Result result = simulate(link, seed);
    ASSERT_TRUE(result.is_exact) << "seed " << seed;
    ASSERT_LE(static_cast<double>(result.wasted), 0.02 * static_cast<double>(link.total))
        << "seed " << seed;
    const double notice = link.slowed < 8 ? kNotice : 0;
    EXPECT_LE(result.seconds,
              1.1 * result.ideal + result.ramp + 4 * link.round_trip + kLastSplit + notice)
        << "seed " << seed << ": ideal " << result.ideal << " s, ramp " << result.ramp << " s";
  }
}

INSTANTIATE_TEST_SUITE_P(Links, PlanSimulation, testing::Range(0u, 4u));

}  // namespace
}  // namespace torchhub::net::detail
