#ifndef TORCHHUB_NET_DETAIL_PLAN_PLAN_H_
#define TORCHHUB_NET_DETAIL_PLAN_PLAN_H_
// Who fetches which bytes of a file. Pure: no I/O, no clock of its own.
//
//   Plan plan{Granules(total)};
//   if (auto range = plan.claim(worker, now)) request(*range);
//   plan.received(worker, came.size(), now);
//   if (!plan.commit(worker, offset, came, crc).goes_on) stop();    // somebody else has the rest
//   plan.release(worker);                                           // what is left goes to others
//
// Workers are numbers; each has one span at a time. The lowest bytes go first. A worker without any
// takes the end of the span that would last longest (steals it); where nothing is left to split,
// it fetches the rest of a span whose connection crawls (hedges it), and the slower one of the two
// stops when the other proves to be faster.

#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/detail/plan/rate_meter.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace torchhub::net::detail {

class Plan {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// What is missing of `granules` is to be fetched. `may_split`: false for a server that knows no
  /// ranges; the whole file is one span then.
  explicit Plan(Granules granules, bool may_split = true);

  const Granules& granules() const { return granules_; }
  bool is_complete() const { return granules_.is_complete(); }
  bool may_split() const { return may_split_; }

  /// Seconds from a request to its first byte, as last seen.
  void set_latency(double seconds) { latency_ = seconds; }
  /// How many workers there are to share what is left.
  void set_connections(unsigned count) { connections_ = count; }
  /// Everything before `offset` has been digested; what is claimed stays near it.
  void set_digested(std::uint64_t offset) { digested_ = offset; }

  /// The next span of `worker`, which has none; nothing where there is none for it now.
  std::optional<Range> claim(unsigned worker, Time now);

  /// Gives `worker`, which has none, the span that it has asked for already: what is missing in
  /// `range`, from its front, to the end of the granule that the range ends in.
  void adopt(unsigned worker, Range range, Time now);

  /// The answer for `worker` ends at `end`: what lies behind goes to others. Not what is left of the granule
  /// that it ends in, which has to be filled from its front: that comes back with release().
  void shorten(unsigned worker, std::uint64_t end);

  /// `bytes` more of the span came.
  void received(unsigned worker, std::uint64_t bytes, Time now);

  struct Committed {
    std::uint64_t fresh = 0;  ///< how many of the bytes were new
    bool goes_on = false;     ///< whether the span has more to fetch
  };
  /// Bytes of the span are kept; `crc` is their CRC-32C. They must continue what the worker committed
  /// before.
  Committed commit(unsigned worker, std::uint64_t offset, std::span<const std::byte> bytes,
                   std::uint32_t crc);
  /// commit() without the bytes: no CRC is kept.
  Committed commit(unsigned worker, std::uint64_t offset, std::uint64_t length);

  /// Where the span of `worker` ends by now; it is lowered when its end is stolen.
  std::uint64_t end_of(unsigned worker) const;
  /// Whether another worker has taken over the whole rest of its span.
  bool is_superseded(unsigned worker) const;

  /// Ends the span of `worker`, done or not. False where it had none.
  bool release(unsigned worker);

  /// Takes a granule as not there: its bytes are bad, or lost.
  void drop_granule(std::size_t index);

 private:
  struct Span {
    Span(Range range, Time now)
        : begin(range.begin),
          cursor(range.begin),
          position(range.begin),
          end(range.end),
          meter(now),
          last_byte(now),
          fast_at(now) {}

    std::uint64_t begin;
    std::uint64_t cursor;    // committed up to here
    std::uint64_t position;  // received up to here
    std::uint64_t end;
    RateMeter meter;  // from the first byte on
    bool has_begun = false;
    Time first_byte{};
    Time last_byte;  // or when the span began
    Time judged_at{};
    Time fast_at;  // when it last kept up with the others
    std::optional<unsigned> hedged_by;
    std::optional<unsigned> hedge_of;
    bool is_superseded = false;
  };

  std::optional<Range> claim_missing(unsigned worker, Time now);
  std::optional<Range> steal(unsigned worker, Time now);
  std::optional<Range> hedge(unsigned worker, Time now);
  Range begin_span(unsigned worker, Range range, Time now);
  Committed advance(unsigned worker, std::uint64_t offset, std::uint64_t length,
                    std::uint64_t fresh);
  double expected_rate(unsigned worker, Time now) const;
  double rate_of(unsigned worker, const Span& span, Time now) const;
  double median_rate(Time now) const;
  double total_rate(Time now) const;
  bool is_silent(const Span& span, Time now) const;
  std::uint64_t window(Time now) const;
  void return_missing(Range range);

  Granules granules_;
  bool may_split_;
  std::map<std::uint64_t, std::uint64_t> unclaimed_;  // begin -> end
  std::map<unsigned, Span> spans_;
  std::map<unsigned, double> last_rates_;
  std::uint64_t digested_ = 0;
  std::uint64_t wasted_ = 0;
  double latency_ = 0.05;
  unsigned connections_ = 1;
};

namespace plan_detail {

inline constexpr std::uint64_t MiB = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kMinSpan = 4 * MiB;
inline constexpr std::uint64_t kMaxSpan = 64 * MiB;
inline constexpr std::uint64_t kMinWindow = 128 * MiB;
inline constexpr std::uint64_t kMaxWindow = 1024 * MiB;
inline constexpr double kSpanSeconds = 4;
inline constexpr double kSpanLatencies = 30;
inline constexpr double kWindowSeconds = 6;
// What a theft must save beyond a request's and a handshake's round trips.
inline constexpr double kTheftSeconds = 0.1;
// When a connection is given up for slow: below this share of the others' median for so long, or
// without a byte for so long, or eight round trips.
inline constexpr std::chrono::milliseconds kJudgement{50};
inline constexpr double kSlowShare = 0.25;
inline constexpr double kSlowSeconds = 3;
inline constexpr double kSilentSeconds = 2;
inline constexpr double kMeterSeconds = 0.6;
inline constexpr double kMeasurableSeconds = 0.1;
// What a new connection is taken to bring while there is none to compare with.
inline constexpr double kUnknownRate = 4.0 * MiB;

inline double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

inline std::uint64_t granule_ceiling(std::uint64_t offset) {
  return (offset + kGranuleBytes - 1) / kGranuleBytes * kGranuleBytes;
}

}  // namespace plan_detail

inline Plan::Plan(Granules granules, bool may_split)
    : granules_(std::move(granules)), may_split_(may_split) {
  for (const Range& range : granules_.missing()) return_missing(range);
}

inline void Plan::return_missing(Range range) {
  // A hedge may have fetched some of it.
  for (Range piece : granules_.missing(range)) {
    auto next = unclaimed_.lower_bound(piece.begin);
    if (next != unclaimed_.end() && next->first == piece.end) {
      piece.end = next->second;
      next = unclaimed_.erase(next);
    }
    if (next != unclaimed_.begin() && std::prev(next)->second == piece.begin) {
      std::prev(next)->second = piece.end;
    } else {
      unclaimed_.emplace(piece.begin, piece.end);
    }
  }
}

inline Range Plan::begin_span(unsigned worker, Range range, Time now) {
  spans_.insert_or_assign(worker, Span(range, now));
  return range;
}

inline void Plan::adopt(unsigned worker, Range range, Time now) {
  auto it = unclaimed_.upper_bound(range.begin);
  if (it != unclaimed_.begin()) --it;
  const Range whole{it->first, it->second};
  unclaimed_.erase(it);
  const Range mine{std::max(whole.begin, range.begin),
                   std::min(whole.end, plan_detail::granule_ceiling(range.end))};
  begin_span(worker, mine, now);
  return_missing(Range{whole.begin, mine.begin});
  return_missing(Range{mine.end, whole.end});
}

inline std::optional<Range> Plan::claim(unsigned worker, Time now) {
  if (auto range = claim_missing(worker, now)) return range;
  if (!may_split_) return std::nullopt;
  // Also where the window is full: what lies at its front is what holds the others up.
  if (auto range = steal(worker, now)) return range;
  return hedge(worker, now);
}

inline std::optional<Range> Plan::claim_missing(unsigned worker, Time now) {
  using namespace plan_detail;
  if (unclaimed_.empty()) return std::nullopt;
  const auto lowest = unclaimed_.begin();
  const Range gap{lowest->first, lowest->second};
  Range range = gap;
  if (may_split_) {
    if (gap.begin >= digested_ + window(now)) return std::nullopt;
    const std::uint64_t share = window(now) / std::max(connections_, 1u);
    const double rate = expected_rate(worker, now);
    // The others would be done with everything before this one is with a granule.
    const auto left = static_cast<double>(granules_.total() - granules_.filled());
    if (left * rate < static_cast<double>(kGranuleBytes) * total_rate(now)) return std::nullopt;
    // On a long and fast line 64 MiB would be over before the next request is answered.
    const auto worthwhile = static_cast<std::uint64_t>(rate * latency_ * kSpanLatencies);
    const std::uint64_t ceiling = std::clamp(share, kMinSpan, std::max(kMaxSpan, worthwhile));
    const auto wanted = static_cast<std::uint64_t>(rate * kSpanSeconds);
    range.end =
        std::min(gap.end, granule_ceiling(gap.begin + std::clamp(wanted, kMinSpan, ceiling)));
  }
  unclaimed_.erase(lowest);
  if (range.end < gap.end) unclaimed_.emplace(range.end, gap.end);
  return begin_span(worker, range, now);
}

inline std::optional<Range> Plan::steal(unsigned worker, Time now) {
  Span* victim = nullptr;
  double victim_rate = 0;
  double longest = 0;
  for (auto& [owner, span] : spans_) {
    if (span.hedged_by || span.is_superseded) continue;
    const double rate = std::max(rate_of(owner, span, now), 1.0);
    const double left = static_cast<double>(span.end - span.position) / rate;
    if (left <= longest) continue;
    victim = &span;
    victim_rate = rate;
    longest = left;
  }
  if (!victim) return std::nullopt;
  // Both are to end at once.
  const double own_rate = expected_rate(worker, now);
  const auto rest = static_cast<double>(victim->end - victim->position);
  const auto kept = static_cast<std::uint64_t>(rest * victim_rate / (victim_rate + own_rate));
  const std::uint64_t split = plan_detail::granule_ceiling(victim->position + kept);
  if (split >= victim->end) return std::nullopt;
  const double with_theft =
      std::max(static_cast<double>(split - victim->position) / victim_rate,
               latency_ + static_cast<double>(victim->end - split) / own_rate);
  if (longest - with_theft <= 2 * latency_ + plan_detail::kTheftSeconds) return std::nullopt;
  const Range stolen{split, victim->end};
  victim->end = split;
  return begin_span(worker, stolen, now);
}

inline std::optional<Range> Plan::hedge(unsigned worker, Time now) {
  using namespace plan_detail;
  if (wasted_ > granules_.total() / 100) return std::nullopt;
  const double own_rate = expected_rate(worker, now);
  for (auto& [owner, span] : spans_) {
    if (span.hedged_by || span.is_superseded || span.position >= span.end) continue;
    const bool is_slow = seconds(now - span.fast_at) >= kSlowSeconds;
    const double rest = static_cast<double>(span.end - span.position);
    const double alone = rest / std::max(rate_of(owner, span, now), 1.0);
    const bool is_last = alone > 3 * (2 * latency_ + rest / own_rate) + kTheftSeconds;
    if (!is_last && !is_slow && !is_silent(span, now)) continue;
    span.hedged_by = worker;
    const Range range{span.cursor, span.end};
    begin_span(worker, range, now);
    spans_.at(worker).hedge_of = owner;
    return range;
  }
  return std::nullopt;
}

inline void Plan::shorten(unsigned worker, std::uint64_t end) {
  Span& span = spans_.at(worker);
  end = plan_detail::granule_ceiling(std::max(end, span.position));
  if (end >= span.end) return;
  return_missing(Range{end, span.end});
  span.end = end;
}

inline void Plan::received(unsigned worker, std::uint64_t bytes, Time now) {
  using namespace plan_detail;
  Span& span = spans_.at(worker);
  if (!span.has_begun) {
    span.has_begun = true;
    span.first_byte = now;
    // A connection's first bytes say nothing of its rate yet.
    span.meter = RateMeter(now, kMeterSeconds);
  } else {
    span.meter.add(bytes, now);
  }
  span.position = std::min(span.position + bytes, span.end);
  span.last_byte = now;
  if (now - span.judged_at < kJudgement) return;
  span.judged_at = now;
  if (span.meter.rate(now) >= kSlowShare * median_rate(now)) span.fast_at = now;
}

inline Plan::Committed Plan::commit(unsigned worker, std::uint64_t offset,
                                    std::span<const std::byte> bytes, std::uint32_t crc) {
  return advance(worker, offset, bytes.size(), granules_.write(offset, bytes, crc));
}

inline Plan::Committed Plan::commit(unsigned worker, std::uint64_t offset, std::uint64_t length) {
  return advance(worker, offset, length, granules_.fill(offset, length));
}

inline Plan::Committed Plan::advance(unsigned worker, std::uint64_t offset, std::uint64_t length,
                                     std::uint64_t fresh) {
  Span& span = spans_.at(worker);
  span.cursor = offset + length;
  wasted_ += length - fresh;
  if (span.hedge_of) {
    // The replacement delivers: it has the rest.
    const auto slow = spans_.find(*span.hedge_of);
    if (slow != spans_.end()) slow->second.is_superseded = true;
  }
  return Committed{fresh, !span.is_superseded && span.cursor < span.end &&
                              granules_.contiguous_end(span.cursor) < span.end};
}

inline std::uint64_t Plan::end_of(unsigned worker) const { return spans_.at(worker).end; }

inline bool Plan::is_superseded(unsigned worker) const {
  const auto span = spans_.find(worker);
  return span != spans_.end() && span->second.is_superseded;
}

inline bool Plan::release(unsigned worker) {
  const auto found = spans_.find(worker);
  if (found == spans_.end()) return false;
  const Span span = found->second;
  if (span.has_begun && span.position > span.begin + kGranuleBytes) {
    // A span that was over at once says only that the connection is at least so fast.
    const double duration = plan_detail::seconds(span.last_byte - span.first_byte);
    const double mean = static_cast<double>(span.position - span.begin) / std::max(duration, 0.005);
    double& known = last_rates_[worker];
    known = duration < plan_detail::kMeasurableSeconds ? std::max(known, mean)
                                                       : span.meter.rate(span.last_byte);
  }
  spans_.erase(found);
  bool has_owner = span.is_superseded;
  if (span.hedged_by) {
    const auto hedger = spans_.find(*span.hedged_by);
    if (hedger != spans_.end()) {
      hedger->second.hedge_of.reset();
      has_owner = true;
    }
  }
  if (span.hedge_of) {
    const auto slow = spans_.find(*span.hedge_of);
    if (slow != spans_.end()) {
      slow->second.hedged_by.reset();
      has_owner = has_owner || !slow->second.is_superseded;
    }
  }
  if (!has_owner) return_missing(Range{span.cursor, span.end});
  return true;
}

inline void Plan::drop_granule(std::size_t index) {
  granules_.drop(index);
  return_missing(granules_.range(index));
}

inline double Plan::rate_of(unsigned worker, const Span& span, Time now) const {
  if (is_silent(span, now)) return 0;
  const double rate = span.has_begun ? span.meter.rate(now) : 0;
  return rate > 0 ? rate : expected_rate(worker, now);
}

inline bool Plan::is_silent(const Span& span, Time now) const {
  return plan_detail::seconds(now - span.last_byte) >
         std::max(plan_detail::kSilentSeconds, 8 * latency_);
}

inline double Plan::expected_rate(unsigned worker, Time now) const {
  const auto known = last_rates_.find(worker);
  if (known != last_rates_.end()) return known->second;
  double sum = 0;
  int count = 0;
  for (const auto& [owner, span] : spans_) {
    const double rate = span.has_begun ? span.meter.rate(now) : 0;
    if (rate <= 0) continue;
    sum += rate;
    ++count;
  }
  return count > 0 ? sum / count : plan_detail::kUnknownRate;
}

inline double Plan::median_rate(Time now) const {
  std::vector<double> rates;
  for (const auto& [owner, span] : spans_) {
    if (span.has_begun && !is_silent(span, now)) rates.push_back(span.meter.rate(now));
  }
  if (rates.empty()) return 0;
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  return *middle;
}

inline std::uint64_t Plan::window(Time now) const {
  using namespace plan_detail;
  return std::clamp(static_cast<std::uint64_t>(total_rate(now) * kWindowSeconds), kMinWindow,
                    kMaxWindow);
}

inline double Plan::total_rate(Time now) const {
  double rate = 0;
  for (const auto& [owner, span] : spans_) {
    if (span.has_begun) rate += span.meter.rate(now);
  }
  return rate;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_PLAN_H_
