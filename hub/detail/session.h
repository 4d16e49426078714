#ifndef TORCHHUB_HUB_DETAIL_SESSION_H_
#define TORCHHUB_HUB_DETAIL_SESSION_H_
// Where a blocking function of hub runs the coroutines of net.

#include <torchhub/net/client.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace torchhub::detail {

class Session {
 public:
  explicit Session(const net::ClientOptions& options) : client_(io_.get_executor(), options) {}

  net::Client& client() { return client_; }

  /// Runs `task` to its end in this thread; returns its result or throws what it threw. When `stop`
  /// is requested, from whichever thread, the task is cancelled.
  template <class T>
  T run(boost::asio::awaitable<T> task, std::stop_token stop = {}) {
    std::exception_ptr failure;
    std::optional<T> result;
    boost::asio::cancellation_signal cancel;
    const auto done = [&](std::exception_ptr thrown, T value) {
      failure = std::move(thrown);
      result = std::move(value);
    };
    boost::asio::co_spawn(io_, std::move(task),
                          boost::asio::bind_cancellation_slot(cancel.slot(), done));
    {
      const std::stop_callback on_stop(stop, [&] {
        const auto emit = [&] { cancel.emit(boost::asio::cancellation_type::terminal); };
        boost::asio::post(io_, emit);
      });
      io_.run();
    }
    io_.restart();
    // A cancellation that came too late is not for the next task.
    io_.poll();
    io_.restart();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }

 private:
  boost::asio::io_context io_{1};
  net::Client client_;
};

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_SESSION_H_
