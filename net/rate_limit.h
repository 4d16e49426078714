#ifndef TORCHHUB_NET_RATE_LIMIT_H_
#define TORCHHUB_NET_RATE_LIMIT_H_
// A ceiling on bytes per second, shared by all that draw from it and changeable meanwhile: a token
// bucket with room for 250 ms of the rate, 64 KiB at least.
//
//   net::RateLimit limit(1'000'000);
//   const std::size_t may = limit.take(65536, now);
//   if (may == 0) wait_until(limit.next(now));
//
// Pure: the caller says what time it is. Thread safety: none; net::Client guards its own.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace torchhub::net {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `bytes_per_second`: 0 for no limit.
  explicit RateLimit(std::uint64_t bytes_per_second = 0) : rate_(bytes_per_second) {}

  std::uint64_t bytes_per_second() const { return rate_; }
  bool is_limited() const { return rate_ > 0; }

  /// Holds for every byte from now on.
  void set(std::uint64_t bytes_per_second) {
    rate_ = bytes_per_second;
    tokens_ = std::min(tokens_, capacity());
  }

  /// How many of `wanted` bytes may be read now; takes them.
  std::size_t take(std::size_t wanted, Time now) {
    if (!is_limited()) return wanted;
    refill(now);
    // A sip that is not worth a system call waits for more.
    const double sip = std::min({static_cast<double>(wanted), kSip, capacity()});
    if (tokens_ < sip) return 0;
    const auto taken = static_cast<std::size_t>(std::min(static_cast<double>(wanted), tokens_));
    tokens_ -= static_cast<double>(taken);
    return taken;
  }

  /// Gives back what was taken and not used.
  void give_back(std::size_t bytes) {
    if (is_limited()) tokens_ = std::min(capacity(), tokens_ + static_cast<double>(bytes));
  }

  /// When to ask again after take() gave 0.
  Time next(Time now) const {
    const double missing = std::max(kSip - tokens_, 1.0);
    const double seconds = is_limited() ? missing / static_cast<double>(rate_) : 0;
    return now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                     std::chrono::duration<double>(std::min(seconds, 0.25)));
  }

 private:
  static constexpr double kSip = 16 << 10;

  double capacity() const { return std::max(static_cast<double>(rate_) / 4, 65536.0); }

  void refill(Time now) {
    if (last_ != Time()) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      tokens_ = std::min(capacity(), tokens_ + seconds * static_cast<double>(rate_));
    }
    last_ = now;
  }

  std::uint64_t rate_;
  double tokens_ = 0;
  Time last_{};
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_RATE_LIMIT_H_
