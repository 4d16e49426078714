#include <torchhub/net/detail/transfer/background_task.h>

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace torchhub::net::detail {

struct BackgroundTask::Job {
  std::function<void()> task;
  std::function<void(std::exception_ptr)> then;
  std::exception_ptr failure;

  std::mutex mutex;
  std::condition_variable over;
  bool is_over = false;
  bool is_abandoned = false;
};

BackgroundTask::BackgroundTask(Strand strand, boost::asio::thread_pool& threads)
    : strand_(std::move(strand)), threads_(threads) {}

BackgroundTask::~BackgroundTask() {
  if (!job_) return;
  std::unique_lock lock(job_->mutex);
  job_->is_abandoned = true;
  job_->over.wait(lock, [&] { return job_->is_over; });
}

void BackgroundTask::start(std::function<void()> task,
                           std::function<void(std::exception_ptr)> then) {
  job_ = std::make_shared<Job>();
  job_->task = std::move(task);
  job_->then = std::move(then);
  // The thread holds nothing that could end there: the client's end joins this very thread.
  boost::asio::post(threads_, [this, job = job_, strand = strand_] {
    try {
      job->task();
    } catch (...) {
      job->failure = std::current_exception();
    }
    const std::lock_guard lock(job->mutex);
    job->is_over = true;
    job->over.notify_all();
    if (!job->is_abandoned) {
      boost::asio::post(strand, [this, job] {
        // On the strand, where alone it can have been abandoned meanwhile.
        if (job->is_abandoned) return;
        job_ = nullptr;
        job->then(std::move(job->failure));
      });
    }
  });
}

}  // namespace torchhub::net::detail
