#ifndef TORCHHUB_NET_DETAIL_STREAM_SIGNAL_H_
#define TORCHHUB_NET_DETAIL_STREAM_SIGNAL_H_
// Wakes the coroutines of a strand that wait until something has changed.
//
//   while (is_full()) co_await drained.wait();    // whoever waits looks again
//   drained.notify();                             // whoever changed something
//
// Between looking and waiting a coroutine does not leave the strand, so that no notify() is missed.

#include <torchhub/net/detail/scope_exit.h>
#include <torchhub/net/detail/stream/stream.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <utility>

namespace torchhub::net::detail {

/// Touched on its strand only.
class Signal {
 public:
  explicit Signal(Strand strand) : strand_(std::move(strand)) {}
  /// While nobody waits.
  Signal(Signal&&) = default;

  /// Wakes whoever waits.
  void notify() {
    for (boost::asio::steady_timer* const timer : waiting_) timer->cancel();
  }

  /// Ends with the next notify(), at `until` or when the coroutine is cancelled, and does not tell which.
  boost::asio::awaitable<void> wait(Time until = Time::max()) {
    boost::asio::steady_timer timer(strand_, until);
    const auto place = waiting_.insert(waiting_.end(), &timer);
    const ScopeExit leave([&] { waiting_.erase(place); });
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

 private:
  Strand strand_;
  std::list<boost::asio::steady_timer*> waiting_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_STREAM_SIGNAL_H_
