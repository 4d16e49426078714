#ifndef TORCHHUB_NET_DETAIL_PLAN_H_
#define TORCHHUB_NET_DETAIL_PLAN_H_
// Who fetches which bytes of a file. Pure: no I/O, no clock of its own.
//
//   Plan plan(total);
//   if (auto range = plan.claim(worker, now)) ...            // request it
//   plan.received(worker, n, now);                           // n bytes came
//   if (!plan.commit(worker, offset, bytes, crc).goes_on) ...  // somebody else has the rest
//   plan.release(worker);                                    // what is left goes to others
//
// Workers are numbers; each has one span at a time. The lowest bytes go first. A worker without any
// takes the end of the span that would last longest (steals it); where nothing is left to split,
// it fetches the rest of a span whose connection crawls (hedges it), and the slower one of the two
// stops when the other proves to be faster.

#include <torchhub/net/detail/granules.h>
#include <torchhub/net/detail/rate_meter.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

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

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_H_
