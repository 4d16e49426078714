#ifndef TORCHHUB_NET_DETAIL_PLAN_CONNECTION_COUNT_H_
#define TORCHHUB_NET_DETAIL_PLAN_CONNECTION_COUNT_H_
// How many connections a download should have: as few as reach the plateau of its goodput. Pure.
//
//   ConnectionCount count(8, now);
//   if (now >= count.next_tick()) count.tick(now, received, total - received, /*is_local=*/false);
//   while (running < count.target()) start_worker();
//
// It starts with one, multiplies while each step buys a quarter more, then tries one more now and
// then, and keeps it for a twentieth more. A fall is answered by fewer, a collapse by a quarter of
// them; a server that pushes back halves them.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace torchhub::net::detail {

class ConnectionCount {
 public:
  using Time = std::chrono::steady_clock::time_point;

  ConnectionCount(unsigned max, Time start);

  unsigned target() const { return target_; }
  /// When tick() is due.
  Time next_tick() const { return last_tick_ + tick_length(); }

  /// Seconds of a round trip; ticks are no shorter than four of them.
  void set_round_trip(double seconds) { round_trip_ = seconds; }

  /// `bytes`: received in all; `left`: still to come. `is_local`: the digest or the disk is what
  /// the connections wait for, so that more of them could not help.
  void tick(Time now, std::uint64_t bytes, std::uint64_t left, bool is_local);

  /// 429, 503, a reset: half of them, and no more than that for a minute.
  void push_back(Time now);
  /// Of `open` connections one more was refused: that is the ceiling for a minute.
  void refuse_more(Time now, unsigned open);

 private:
  enum class Phase { first, multiplying, settled, probing_up, probing_down };

  std::chrono::steady_clock::duration tick_length() const;
  unsigned ceiling(Time now) const { return now < ceiling_until_ ? ceiling_ : max_; }
  void change_to(unsigned target, Phase phase);
  /// The number is right for now; `rate` is its goodput.
  void stay(Time now, double rate);
  void multiply(Time now, double rate);
  void hold(Time now);
  bool has_collapsed(Time now, double rate, bool is_local);
  void collapse(Time now);
  void judge_step(Time now, double rate, double mean, bool is_worthwhile);
  void look_for_more(Time now, double rate, bool is_worthwhile, bool is_local);

  unsigned max_;
  unsigned target_ = 1;
  Phase phase_ = Phase::first;
  bool skip_ = false;  // the tick after a change still belongs to what was before
  unsigned ticks_ = 0;
  double sum_ = 0;
  double round_trip_ = 0;
  Time last_tick_;
  std::uint64_t last_bytes_ = 0;
  unsigned base_target_ = 1;
  double base_rate_ = 0;
  std::vector<double> level_;  // goodput per number of connections, smoothed; 0 for unknown
  double best_ = 0;
  unsigned low_ticks_ = 0;
  Time low_since_{};
  Time hold_until_{};
  std::chrono::seconds hold_{5};
  unsigned ceiling_;
  Time ceiling_until_{};
};

namespace connection_count_detail {

// While the number grows fast, a long tick is what costs; later a short one is noise.
inline constexpr std::chrono::milliseconds kShortTick{100};
inline constexpr std::chrono::milliseconds kLongTick{500};
// What is over sooner is not worth another handshake.
inline constexpr double kWorthwhileSeconds = 2;
inline constexpr double kMultiplyGain = 1.25;
inline constexpr double kProbeGain = 1.05;
inline constexpr double kFall = 0.9;
inline constexpr double kCollapse = 0.3;
inline constexpr std::chrono::seconds kCollapseAfter{3};
inline constexpr std::chrono::seconds kCollapseHold{30};
inline constexpr std::chrono::seconds kCeilingHold{60};
inline constexpr std::chrono::seconds kFirstHold{5};

}  // namespace connection_count_detail

inline ConnectionCount::ConnectionCount(unsigned max, Time start)
    : max_(std::max(max, 1u)), last_tick_(start), level_(max_ + 1), ceiling_(max_) {}

inline std::chrono::steady_clock::duration ConnectionCount::tick_length() const {
  const auto floor = phase_ == Phase::first || phase_ == Phase::multiplying
                         ? connection_count_detail::kShortTick
                         : connection_count_detail::kLongTick;
  const std::chrono::milliseconds round_trips(static_cast<std::int64_t>(round_trip_ * 4000));
  return std::clamp(round_trips, floor, std::chrono::milliseconds(2000));
}

inline void ConnectionCount::change_to(unsigned target, Phase phase) {
  target_ = target;
  phase_ = phase;
  skip_ = true;
  ticks_ = 0;
  sum_ = 0;
  low_ticks_ = 0;
}

inline void ConnectionCount::hold(Time now) {
  hold_until_ = now + hold_;
  hold_ = std::min(hold_ * 2, connection_count_detail::kCeilingHold);
}

inline void ConnectionCount::stay(Time now, double rate) {
  level_[target_] = rate;
  phase_ = Phase::settled;
  ticks_ = 0;
  hold(now);
}

inline void ConnectionCount::multiply(Time now, double rate) {
  base_target_ = target_;
  base_rate_ = rate;
  const unsigned next = std::min(target_ == 1 ? 4 : target_ * 2, ceiling(now));
  if (next > target_) {
    change_to(next, Phase::multiplying);
  } else {
    stay(now, rate);
  }
}

inline bool ConnectionCount::has_collapsed(Time now, double rate, bool is_local) {
  if (is_local || rate >= connection_count_detail::kCollapse * best_) {
    low_since_ = now;
    return false;
  }
  return now - low_since_ >= connection_count_detail::kCollapseAfter;
}

inline void ConnectionCount::collapse(Time now) {
  ceiling_ = target_ - 1;
  ceiling_until_ = now + connection_count_detail::kCollapseHold;
  change_to(std::max(target_ / 4, 1u), Phase::settled);
  level_.assign(level_.size(), 0);
  best_ = 0;
  hold_until_ = ceiling_until_;
}

// A tick in which the number is what it should be: fewer where the rate has fallen, now and then one more.
inline void ConnectionCount::look_for_more(Time now, double rate, bool is_worthwhile,
                                           bool is_local) {
  level_[target_] = level_[target_] > 0 ? 0.7 * level_[target_] + 0.3 * rate : rate;
  low_ticks_ =
      rate < connection_count_detail::kFall * level_[target_] && !is_local ? low_ticks_ + 1 : 0;
  if (low_ticks_ >= 3) {
    // A single connection that got slow may have been unlucky: another one tells.
    base_target_ = target_;
    base_rate_ = rate;
    if (target_ > 1) {
      change_to(target_ - 1, Phase::probing_down);
    } else if (ceiling(now) > 1) {
      change_to(2, Phase::probing_up);
    }
  } else if (now >= hold_until_ && target_ < ceiling(now) && is_worthwhile) {
    base_target_ = target_;
    base_rate_ = level_[target_];
    change_to(target_ + 1, Phase::probing_up);
  }
}

// Whether the last step up was worth another one, or was worth itself.
inline void ConnectionCount::judge_step(Time now, double rate, double mean, bool is_worthwhile) {
  using namespace connection_count_detail;
  if (rate >= kMultiplyGain * base_rate_ && is_worthwhile) {
    multiply(now, rate);
  } else if (ticks_ >= 2) {
    // Not even a twentieth more: the smaller number did as well.
    if (mean < kProbeGain * base_rate_) {
      change_to(base_target_, Phase::settled);
      stay(now, base_rate_);
    } else {
      stay(now, mean);
    }
  }
}

inline void ConnectionCount::tick(Time now, std::uint64_t bytes, std::uint64_t left,
                                  bool is_local) {
  using namespace connection_count_detail;
  const double length = std::chrono::duration<double>(now - last_tick_).count();
  if (length <= 0) return;
  const double rate = static_cast<double>(bytes - last_bytes_) / length;
  last_tick_ = now;
  last_bytes_ = bytes;
  if (skip_) {
    skip_ = false;
    low_since_ = now;
    return;
  }
  best_ = std::max(best_, rate);
  if (has_collapsed(now, rate, is_local) && target_ > 1) {
    collapse(now);
    return;
  }
  const bool is_worthwhile = static_cast<double>(left) > kWorthwhileSeconds * rate && !is_local;
  sum_ += rate;
  ++ticks_;
  const double mean = sum_ / ticks_;
  switch (phase_) {
    case Phase::first:
      if (bytes == 0) break;
      if (is_worthwhile) {
        multiply(now, rate);
      } else if (ticks_ >= 3) {
        stay(now, mean);
        hold_until_ = now;
      }
      break;
    case Phase::multiplying:
      judge_step(now, rate, mean, is_worthwhile);
      break;
    case Phase::settled:
      look_for_more(now, rate, is_worthwhile, is_local);
      break;
    case Phase::probing_up:
      if (ticks_ < 2) break;
      if (mean >= kProbeGain * base_rate_) {
        hold_ = kFirstHold;
        stay(now, mean);
        hold_until_ = now;
      } else {
        change_to(base_target_, Phase::settled);
        stay(now, base_rate_);
      }
      break;
    case Phase::probing_down:
      if (ticks_ < 2) break;
      if (mean < (2 - kProbeGain) * base_rate_) change_to(base_target_, Phase::settled);
      stay(now, mean);
      break;
  }
}

inline void ConnectionCount::push_back(Time now) {
  ceiling_ = std::max(target_ / 2, 1u);
  ceiling_until_ = now + connection_count_detail::kCeilingHold;
  change_to(ceiling_, Phase::settled);
  hold_until_ = ceiling_until_;
}

inline void ConnectionCount::refuse_more(Time now, unsigned open) {
  ceiling_ = std::clamp(open, 1u, max_);
  ceiling_until_ = now + connection_count_detail::kCeilingHold;
  if (target_ > ceiling_) change_to(ceiling_, Phase::settled);
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_PLAN_CONNECTION_COUNT_H_
