#ifndef TORCHHUB_NET_DETAIL_CONNECTION_COUNT_H_
#define TORCHHUB_NET_DETAIL_CONNECTION_COUNT_H_
// How many connections a download should have: as few as reach the plateau of its goodput. Pure.
//
//   ConnectionCount count(8);
//   count.tick(now, bytes_so_far, bytes_left, sink_is_the_bottleneck);    // at count.next_tick()
//   while (workers < count.target()) start_worker();
//
// It starts with one, multiplies while each step buys a quarter more, then tries one more now and
// then, and keeps it for a twentieth more. A fall is answered by fewer, a collapse by a quarter of
// them; a server that pushes back halves them.

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
  void settle(Time now, double rate);
  void multiply(Time now, double rate);
  void hold(Time now);
  bool has_collapsed(Time now, double rate, bool is_local);

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

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CONNECTION_COUNT_H_
