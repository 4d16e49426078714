#ifndef TORCHHUB_NET_DETAIL_PLAN_LEAST_RATE_H_
#define TORCHHUB_NET_DETAIL_PLAN_LEAST_RATE_H_
// Tells a connection that drips from one that is slow: curl's --speed-limit and --speed-time. Pure.

#include <chrono>
#include <cstdint>

namespace torchhub::net::detail {

class LeastRate {
 public:
  using Duration = std::chrono::steady_clock::duration;

  LeastRate() = default;
  /// `bytes_per_second`: 0 for no floor. `over`: the waiting after which it is judged.
  LeastRate(std::uint64_t bytes_per_second, Duration over)
      : enough_(static_cast<double>(bytes_per_second) *
                std::chrono::duration<double>(over).count()),
        over_(over) {}

  /// `bytes` came, for which the reader `waited`: time in which it did not want any does not count.
  /// False once less than the floor came over the whole time.
  bool add(std::uint64_t bytes, Duration waited) {
    if (enough_ <= 0) return true;
    bytes_ += bytes;
    waited_ += waited;
    if (static_cast<double>(bytes_) < enough_) return waited_ < over_;
    // What came fast says nothing of what comes next.
    bytes_ = 0;
    waited_ = Duration(0);
    return true;
  }

 private:
  double enough_ = 0;  // bytes
  Duration over_{0};
  std::uint64_t bytes_ = 0;
  Duration waited_{0};
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_LEAST_RATE_H_
