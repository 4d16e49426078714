#ifndef TORCHHUB_NET_DETAIL_STREAM_TCP_STREAM_H_
#define TORCHHUB_NET_DETAIL_STREAM_TCP_STREAM_H_
// A TCP connection with one timer for all its operations.

#include <torchhub/net/detail/stream/stream.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <vector>

namespace torchhub::net::detail {

class TcpStream final : public Stream {
 public:
  explicit TcpStream(const boost::asio::any_io_executor& executor);
  ~TcpStream() override;

  /// Connects to `endpoint`.
  boost::asio::awaitable<boost::system::error_code> connect(
      boost::asio::ip::tcp::endpoint endpoint);

  boost::asio::awaitable<ReadResult> read_some(std::span<std::byte> buffer) override;
  boost::asio::awaitable<boost::system::error_code> write(
      std::span<const std::byte> bytes) override;
  void expire_at(Time when) override;
  void close() override;

 private:
  struct State;
  static void watch(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_STREAM_TCP_STREAM_H_
