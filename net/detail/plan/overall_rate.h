#ifndef TORCHHUB_NET_DETAIL_PLAN_OVERALL_RATE_H_
#define TORCHHUB_NET_DETAIL_PLAN_OVERALL_RATE_H_
// Whether all connections of a download together bring more than the least rate. A single one that does not is
// replaced (least_rate.h); where its replacement did not help either, the download is given up. Pure.

#include <chrono>
#include <cstdint>

namespace torchhub::net::detail {

class OverallRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// `bytes_per_second`: 0 for no floor. `over`: the time over which it is judged.
  OverallRate(std::uint64_t bytes_per_second, Duration over)
      : floor_(static_cast<double>(bytes_per_second)), over_(over) {}

  /// The first answer has come: from here on bytes are expected.
  void expect(Time now) {
    if (good_until_ == Time()) good_until_ = now;
  }
  void add(std::uint64_t bytes, Time now) {
    bytes_ += bytes;
    if (now - begin_ < over_) return;
    // The first byte after a pause begins a time, and ends none.
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    if (static_cast<double>(bytes_) >= floor_ * seconds) good_until_ = now;
    bytes_ = 0;
    begin_ = now;
  }
  /// Another server is asked: what the one before brought does not count against it.
  void begin_anew(Time now) { good_until_ = now; }

  bool gets_no_better(Time now) const { return now - good_until_ >= 2 * over_; }

 private:
  double floor_;
  Duration over_;
  std::uint64_t bytes_ = 0;  // since begin_
  Time begin_{};
  Time good_until_{};  // when the rate last was enough
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_OVERALL_RATE_H_
