#ifndef TORCHHUB_NET_DETAIL_TRANSFER_DIGEST_FRONT_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_DIGEST_FRONT_H_
// Digests a body in file order, in a thread of its own, while its pieces land in any order: what is
// still in memory from there, the rest read back from the sink.
//
// Touched on the client's strand only; the thread sees a job at a time.

#include <torchhub/net/detail/stream/stream.h>
#include <torchhub/net/detail/transfer/background_task.h>
#include <torchhub/net/detail/transfer/body.h>

#include <boost/asio/thread_pool.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <map>

namespace torchhub::net::detail {

class DigestFront {
 public:
  /// `on_progress` is called, on `strand`, when the front has moved.
  DigestFront(Strand strand, boost::asio::thread_pool& threads, Body& body,
              std::function<void()> on_progress);

  /// Begins anew at `offset`, with the digest as it is. No job may be under way.
  void restart(std::uint64_t offset);

  /// Begins anew with the first byte, and the digest as it was before any. No job may be under way.
  void begin_anew();

  /// The sink has `size` bytes at `offset`, which are in `piece` too; it is kept if there is room.
  void offer(std::uint64_t offset, Piece piece, std::size_t size);
  /// All bytes before `end` are in the sink.
  void advance(std::uint64_t end);

  /// Bytes before it are digested.
  std::uint64_t position() const { return position_; }
  /// The digest's midstate at position().
  const Bytes& midstate() const { return midstate_; }
  /// Whether pieces are kept that the digest has not come to, as many as there is room for.
  bool is_full() const;
  bool is_busy() const;
  /// Whether the digest is what everything waits for: it has come to the pieces that are kept, and
  /// there is no room for more. What comes now would have to be read back.
  bool is_saturated() const;
  /// What the sink threw while it was read, if anything.
  std::exception_ptr failure() const { return failure_; }

 private:
  struct Job;
  struct Held {
    Piece piece;
    std::size_t size = 0;
  };
  void start_job();
  void finish_job(Job& job, std::exception_ptr failure);

  Body& body_;
  std::function<void()> on_progress_;
  std::map<std::uint64_t, Held> held_;
  std::size_t held_bytes_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t available_ = 0;
  const Bytes empty_midstate_;  // of no bytes
  Bytes midstate_;
  std::exception_ptr failure_;
  BackgroundTask task_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_DIGEST_FRONT_H_
