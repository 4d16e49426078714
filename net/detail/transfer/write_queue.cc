#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/transfer/write_queue.h>

#include <memory>
#include <utility>
#include <vector>

namespace torchhub::net::detail {
namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{4} << 20;
// A killed process loses a batch at most: it is written, but on_written has not kept a record of it.
constexpr std::size_t kBatchBytes = std::size_t{512} << 10;

}  // namespace

struct WriteQueue::Batch {
  std::vector<Write> writes;
  std::size_t done = 0;
};

WriteQueue::WriteQueue(Strand strand, boost::asio::thread_pool& threads, Body& body,
                       std::function<void(std::span<const Write>)> on_written,
                       std::function<void()> on_progress)
    : body_(body),
      on_written_(std::move(on_written)),
      on_progress_(std::move(on_progress)),
      task_(std::move(strand), threads) {}

bool WriteQueue::is_full() const { return waiting_bytes_ >= kMaxWaitingBytes; }

void WriteQueue::put(Write write) {
  if (failure_) return;
  waiting_bytes_ += write.size;
  waiting_.push_back(std::move(write));
  if (!task_.is_running()) start_batch();
}

void WriteQueue::start_batch() {
  const auto batch = std::make_shared<Batch>();
  std::size_t bytes = 0;
  do {
    bytes += waiting_.front().size;
    batch->writes.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  } while (!waiting_.empty() && bytes + waiting_.front().size <= kBatchBytes);
  waiting_bytes_ -= bytes;
  const auto write_all = [batch, &body = body_] {
    for (Write& write : batch->writes) {
      body.write_at(write.offset, write.bytes());
      write.crc = crc32c(write.bytes());
      ++batch->done;
    }
  };
  task_.start(write_all, [this, batch](std::exception_ptr failure) {
    finish_batch(*batch, std::move(failure));
  });
}

void WriteQueue::finish_batch(Batch& batch, std::exception_ptr failure) {
  failure_ = std::move(failure);
  try {
    on_written_(std::span(batch.writes).first(batch.done));
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
  }
  // Their pieces are free again here, not when the thread forgets the batch.
  batch.writes.clear();
  if (failure_) {
    waiting_.clear();
    waiting_bytes_ = 0;
  } else if (!waiting_.empty()) {
    start_batch();
  }
  on_progress_();
}

}  // namespace torchhub::net::detail
