#ifndef TORCHHUB_NET_DETAIL_STREAM_STREAM_H_
#define TORCHHUB_NET_DETAIL_STREAM_STREAM_H_
// Bytes in both directions: a TCP connection, or TLS over another stream.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <span>

namespace torchhub::net::detail {

/// What a client serialises its work on. Spelled out rather than as any_io_executor: that counts its
/// copies with fences, which ThreadSanitizer cannot see.
using Strand = boost::asio::strand<boost::asio::any_io_executor>;

using Time = std::chrono::steady_clock::time_point;

struct ReadResult {
  ReadResult() = default;
  explicit ReadResult(boost::system::error_code code) : error(code) {}
  explicit ReadResult(std::size_t count) : bytes(count) {}
  // Asio's codes are plain enums, which would rather become a size.
  explicit ReadResult(boost::asio::error::misc_errors code) : error(code) {}

  boost::system::error_code error;  ///< asio::error::eof at an orderly end
  std::size_t bytes = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;

  /// Reads into `buffer` what there is, at least a byte.
  virtual boost::asio::awaitable<ReadResult> read_some(std::span<std::byte> buffer) = 0;
  /// Writes all of `bytes`.
  virtual boost::asio::awaitable<boost::system::error_code> write(
      std::span<const std::byte> bytes) = 0;
  /// What is not over by `when` ends with errc::timed_out, and the stream is closed.
  virtual void expire_at(Time when) = 0;
  /// Ends what is under way with operation_aborted.
  virtual void close() = 0;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_STREAM_STREAM_H_
