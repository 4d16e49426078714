#include <torchhub/net/detail/connection_count.h>

#include <algorithm>

namespace torchhub::net::detail {
namespace {

using std::chrono::milliseconds;

// While the number grows fast, a long tick is what costs; later a short one is noise.
constexpr milliseconds kShortTick{100};
constexpr milliseconds kLongTick{500};
// What is over sooner is not worth another handshake.
constexpr double kWorthwhileSeconds = 2;
constexpr double kMultiplyGain = 1.25;
constexpr double kProbeGain = 1.05;
constexpr double kFall = 0.9;
constexpr double kCollapse = 0.3;
constexpr std::chrono::seconds kCollapseAfter{3};
constexpr std::chrono::seconds kCollapseHold{30};
constexpr std::chrono::seconds kCeilingHold{60};
constexpr std::chrono::seconds kFirstHold{5};

}  // namespace

ConnectionCount::ConnectionCount(unsigned max, Time start)
    : max_(std::max(max, 1u)), last_tick_(start), level_(max_ + 1), ceiling_(max_) {}

std::chrono::steady_clock::duration ConnectionCount::tick_length() const {
  const auto floor =
      phase_ == Phase::first || phase_ == Phase::multiplying ? kShortTick : kLongTick;
  const milliseconds round_trips(static_cast<std::int64_t>(round_trip_ * 4000));
  return std::clamp(round_trips, floor, milliseconds(2000));
}

void ConnectionCount::change_to(unsigned target, Phase phase) {
  target_ = target;
  phase_ = phase;
  skip_ = true;
  ticks_ = 0;
  sum_ = 0;
  low_ticks_ = 0;
}

void ConnectionCount::hold(Time now) {
  hold_until_ = now + hold_;
  hold_ = std::min(hold_ * 2, kCeilingHold);
}

void ConnectionCount::settle(Time now, double rate) {
  level_[target_] = rate;
  phase_ = Phase::settled;
  ticks_ = 0;
  hold(now);
}

void ConnectionCount::multiply(Time now, double rate) {
  base_target_ = target_;
  base_rate_ = rate;
  const unsigned next = std::min(target_ == 1 ? 4 : target_ * 2, ceiling(now));
  if (next > target_) {
    change_to(next, Phase::multiplying);
  } else {
    settle(now, rate);
  }
}

bool ConnectionCount::has_collapsed(Time now, double rate, bool is_local) {
  if (is_local || rate >= kCollapse * best_) {
    low_since_ = now;
    return false;
  }
  return now - low_since_ >= kCollapseAfter;
}

void ConnectionCount::tick(Time now, std::uint64_t bytes, std::uint64_t left, bool is_local) {
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
    ceiling_ = target_ - 1;
    ceiling_until_ = now + kCollapseHold;
    change_to(std::max(target_ / 4, 1u), Phase::settled);
    level_.assign(level_.size(), 0);
    best_ = 0;
    hold_until_ = ceiling_until_;
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
        settle(now, mean);
        hold_until_ = now;
      }
      break;
    case Phase::multiplying:
      if (rate >= kMultiplyGain * base_rate_ && is_worthwhile) {
        multiply(now, rate);
      } else if (ticks_ >= 2) {
        // Not even a twentieth more: the smaller number did as well.
        if (mean < kProbeGain * base_rate_) {
          change_to(base_target_, Phase::settled);
          settle(now, base_rate_);
        } else {
          settle(now, mean);
        }
      }
      break;
    case Phase::settled:
      level_[target_] = level_[target_] > 0 ? 0.7 * level_[target_] + 0.3 * rate : rate;
      low_ticks_ = rate < kFall * level_[target_] && !is_local ? low_ticks_ + 1 : 0;
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
      break;
    case Phase::probing_up:
      if (ticks_ < 2) break;
      if (mean >= kProbeGain * base_rate_) {
        hold_ = kFirstHold;
        settle(now, mean);
        hold_until_ = now;
      } else {
        change_to(base_target_, Phase::settled);
        settle(now, base_rate_);
      }
      break;
    case Phase::probing_down:
      if (ticks_ < 2) break;
      if (mean < (2 - kProbeGain) * base_rate_) change_to(base_target_, Phase::settled);
      settle(now, mean);
      break;
  }
}

void ConnectionCount::push_back(Time now) {
  ceiling_ = std::max(target_ / 2, 1u);
  ceiling_until_ = now + kCeilingHold;
  change_to(ceiling_, Phase::settled);
  hold_until_ = ceiling_until_;
}

void ConnectionCount::refuse_more(Time now, unsigned open) {
  ceiling_ = std::clamp(open, 1u, max_);
  ceiling_until_ = now + kCeilingHold;
  if (target_ > ceiling_) change_to(ceiling_, Phase::settled);
}

}  // namespace torchhub::net::detail
