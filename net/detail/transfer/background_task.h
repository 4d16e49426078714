#ifndef TORCHHUB_NET_DETAIL_TRANSFER_BACKGROUND_TASK_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_BACKGROUND_TASK_H_
// What blocks or computes for long, one task at a time in the client's threads, its end told on the
// strand. Its owner outlives the task, whatever happens: the destructor waits.

#include <torchhub/net/detail/stream/stream.h>

#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace torchhub::net::detail {

/// Touched on the strand only; the thread sees the task alone.
class BackgroundTask {
 public:
  BackgroundTask(Strand strand, boost::asio::thread_pool& threads);
  BackgroundTask(const BackgroundTask&) = delete;
  BackgroundTask& operator=(const BackgroundTask&) = delete;
  /// Waits for the task that is under way; nothing is told of it.
  ~BackgroundTask();

  /// Runs `task` in a thread, and then, on the strand, `then` with what it threw. None may be under
  /// way.
  void start(std::function<void()> task, std::function<void(std::exception_ptr)> then);
  bool is_running() const { return job_ != nullptr; }

 private:
  struct Job;

  Strand strand_;
  boost::asio::thread_pool& threads_;
  std::shared_ptr<Job> job_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_BACKGROUND_TASK_H_
