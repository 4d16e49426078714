#ifndef TORCHHUB_NET_DETAIL_TRANSFER_SAVED_PROGRESS_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_SAVED_PROGRESS_H_
// What a download keeps of itself in its sink: loaded when it begins, and checked against the bytes; saved every
// second, flushed to the disk every 256 MiB. What reads or flushes runs in a thread of its own.
//
// Touched on the client's strand only.

#include <torchhub/net/detail/stream/signal.h>
#include <torchhub/net/detail/stream/stream.h>
#include <torchhub/net/detail/transfer/background_task.h>
#include <torchhub/net/detail/transfer/body.h>
#include <torchhub/net/detail/transfer/transfer_state.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::net::detail {

class SavedProgress {
 public:
  /// `on_flushed` is told on `strand` what a flush threw, if anything.
  SavedProgress(Strand strand, boost::asio::thread_pool& threads, Body& body,
                std::function<void(std::exception_ptr)> on_flushed);

  /// What an earlier download of `url` left, as far as its bytes still are what they were: the last granules
  /// and some at `random`, from [0, 1), are looked at. `is_by_hash`: the caller knows the content's hash, so
  /// that another URL's or an unjudged entity's will do. Nothing where there is none.
  boost::asio::awaitable<std::optional<TransferState>> load(std::string url, bool is_by_hash,
                                                            std::function<double()> random);

  /// Those of `checked` whose bytes in the sink have another CRC than `granules` says. Throws what the sink
  /// throws.
  boost::asio::awaitable<std::vector<std::size_t>> bad_ones(const Granules& granules,
                                                            std::vector<std::size_t> checked);

  /// A plan begins with `filled` bytes: the next save and flush are counted from here.
  void begin(std::uint64_t filled);
  bool is_save_due(Time now, std::uint64_t digested) const;
  void save(const TransferState& state, Time now);
  /// For the next download, where this one fails: that nothing can be kept must not hide why.
  void save_at_failure(const TransferState& state) noexcept;
  bool is_flush_due(std::uint64_t filled) const;
  void flush(const TransferState& state);

  bool is_busy() const { return task_.is_running(); }

 private:
  boost::asio::awaitable<void> in_thread(std::function<void()> work);

  Body& body_;
  std::function<void(std::exception_ptr)> on_flushed_;
  Signal work_done_;
  BackgroundTask task_;
  Time saved_at_{};
  std::uint64_t saved_digested_ = 0;
  std::uint64_t flushed_bytes_ = 0;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_SAVED_PROGRESS_H_
