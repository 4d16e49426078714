#ifndef TORCHHUB_HUB_DETAIL_IN_THREAD_H_
#define TORCHHUB_HUB_DETAIL_IN_THREAD_H_
// A blocking function of hub as a coroutine's step: locks, Python and LibTorch know no executors.

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

namespace torchhub::detail {

/// Runs `work(stop_token)` in a thread of its own and comes back to the coroutine's executor, whose
/// context must live until then, with what it returned or threw. A cancellation requests the stop.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work, std::stop_token>> in_thread(Work work) {
  namespace asio = boost::asio;
  using Result = std::invoke_result_t<Work, std::stop_token>;
  const auto initiate = [](auto handler, Work wanted) {
    const auto executor = asio::get_associated_executor(handler);
    std::stop_source stop;
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
      slot.assign([stop](asio::cancellation_type) mutable { stop.request_stop(); });
    auto guard = asio::make_work_guard(executor);
    std::promise<std::jthread> started;
    auto run = [handler = std::move(handler), wanted = std::move(wanted), stop = std::move(stop),
                guard = std::move(guard), executor, self = started.get_future()]() mutable {
      std::exception_ptr failure;
      std::optional<Result> result;
      try {
        result = wanted(stop.get_token());
      } catch (...) {
        failure = std::current_exception();
      }
      asio::post(executor, [handler = std::move(handler), failure = std::move(failure),
                            result = std::move(result), guard = std::move(guard),
                            self = std::move(self)]() mutable {
        // Until the thread has left post(), the context may not end.
        self.get().join();
        std::move(handler)(std::move(failure), std::move(result));
      });
    };
    started.set_value(std::jthread(std::move(run)));
  };
  std::optional<Result> result =
      co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                    void(std::exception_ptr, std::optional<Result>)>(
          initiate, asio::use_awaitable, std::move(work));
  co_return std::move(*result);
}

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_IN_THREAD_H_
