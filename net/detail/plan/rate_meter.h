#ifndef TORCHHUB_NET_DETAIL_PLAN_RATE_METER_H_
#define TORCHHUB_NET_DETAIL_PLAN_RATE_METER_H_
// Bytes per second, the older ones counting less: an exponentially weighted mean over about `tau`
// that falls by itself while nothing comes. Pure.

#include <chrono>
#include <cmath>
#include <cstdint>

namespace torchhub::net::detail {

class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateMeter(Time start, double tau_seconds = 1.5)
      : tau_(tau_seconds), start_(start), last_(start) {}

  void add(std::uint64_t bytes, Time now) {
    weighted_ = weighted_ * decay(now) + static_cast<double>(bytes);
    last_ = now;
  }

  /// Bytes per second; 0 before a millisecond has passed.
  double rate(Time now) const {
    const double age = std::chrono::duration<double>(now - start_).count();
    if (age < 0.001) return 0;
    // A meter that is younger than tau has seen only this share of its weight.
    return weighted_ * decay(now) / (tau_ * (1 - std::exp(-age / tau_)));
  }

 private:
  double decay(Time now) const {
    return std::exp(-std::chrono::duration<double>(now - last_).count() / tau_);
  }

  double tau_;
  double weighted_ = 0;
  Time start_;
  Time last_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_RATE_METER_H_
