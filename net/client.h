#ifndef TORCHHUB_NET_CLIENT_H_
#define TORCHHUB_NET_CLIENT_H_
// What the downloads of a program share: connections, TLS tickets, the rate limit, proxies, the
// certificates to trust, the time-outs, and what was learnt of each server.
//
//   asio::io_context io;
//   net::Client client(io.get_executor());
//   asio::co_spawn(io, fetch_all(client), asio::detached);
//
// Thread safety: any number of coroutines on any executors may use a Client; it serialises what they
// share on a strand of its own executor, and must outlive them.

#include <torchhub/net/client_options.h>
#include <torchhub/net/export.h>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>

namespace torchhub::net {

namespace detail {
class ClientState;
}

class TORCHHUB_NET_EXPORT Client {
 public:
  explicit Client(boost::asio::any_io_executor executor, ClientOptions options = ClientOptions());
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  const boost::asio::any_io_executor& executor() const { return executor_; }

  /// At most so many bytes per second for all downloads together, from now on; 0 for no limit. May
  /// be called from any thread.
  void set_rate_limit(std::uint64_t bytes_per_second);

  /// How many TLS handshakes there were: from nothing, and resumed with a ticket.
  struct Handshakes {
    unsigned full = 0;
    unsigned resumed = 0;
  };
  Handshakes handshakes() const;

  /// For the engine.
  const std::shared_ptr<detail::ClientState>& state() { return state_; }

 private:
  boost::asio::any_io_executor executor_;
  std::shared_ptr<detail::ClientState> state_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_CLIENT_H_
