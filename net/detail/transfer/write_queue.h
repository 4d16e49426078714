#ifndef TORCHHUB_NET_DETAIL_TRANSFER_WRITE_QUEUE_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_WRITE_QUEUE_H_
// Writes the pieces of a body into its sink, one after the other, in a thread of its own, so that
// the connections do not wait for the page cache, and takes their CRC while they are in its cache.
//
// Touched on the client's strand only; the thread sees a batch at a time.

#include <torchhub/net/detail/stream/stream.h>
#include <torchhub/net/detail/transfer/background_task.h>
#include <torchhub/net/detail/transfer/body.h>

#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <span>

namespace torchhub::net::detail {

class WriteQueue {
 public:
  struct Write {
    unsigned worker = 0;  ///< who brought it
    std::uint64_t offset = 0;
    Piece piece;
    std::size_t size = 0;
    std::uint32_t crc = 0;  ///< CRC-32C of bytes(), once they are written

    std::span<const std::byte> bytes() const { return std::span(*piece).first(size); }
  };

  /// On `strand`: `on_written` is called with writes that are done, in the order of put(), and may
  /// throw what ends the queue as a failed write does; `on_progress` after it, and after a failure.
  WriteQueue(Strand strand, boost::asio::thread_pool& threads, Body& body,
             std::function<void(std::span<const Write>)> on_written,
             std::function<void()> on_progress);

  void put(Write write);
  /// Whether as much waits as should: whoever brings more waits too.
  bool is_full() const;
  bool is_busy() const { return task_.is_running(); }
  /// What the sink or on_written threw, if anything. Nothing is written after it.
  std::exception_ptr failure() const { return failure_; }

 private:
  struct Batch;
  void start_batch();
  void finish_batch(Batch& batch, std::exception_ptr failure);

  Body& body_;
  std::function<void(std::span<const Write>)> on_written_;
  std::function<void()> on_progress_;
  std::deque<Write> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::exception_ptr failure_;
  BackgroundTask task_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_WRITE_QUEUE_H_
