#ifndef TORCHHUB_NET_DETAIL_STREAM_RESOLVE_H_
#define TORCHHUB_NET_DETAIL_STREAM_RESOLVE_H_
// The addresses of a host, by the system's resolver, which knows no time limit: it runs in threads
// that are left behind when their answers come too late. There are few of them, however many hosts are
// asked for: a host that is being looked up is not looked up beside that, and the others wait their turn.

#include <torchhub/net/detail/stream/stream.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace torchhub::net::detail {

struct Addresses {
  Addresses() = default;

  boost::system::error_code error;  ///< errc::timed_out where the deadline came first
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};

/// Asks the system for a host's addresses, ports 0. Blocks, for as long as it likes.
Addresses look_up(const std::string& host);

class Resolver {
 public:
  /// Threads at once.
  static constexpr unsigned kMaxThreads = 8;

  /// `ask` is called in several threads at once, and may be after the Resolver is gone.
  explicit Resolver(std::function<Addresses(const std::string& host)> ask = look_up);

  /// To be called and awaited in one thread or strand at a time. `host` may be an address.
  boost::asio::awaitable<Addresses> resolve(boost::asio::any_io_executor executor, std::string host,
                                            std::uint16_t port, Time deadline);

 private:
  struct Lookups;
  class Waiting;
  static void work(const std::shared_ptr<Lookups>& lookups);

  std::shared_ptr<Lookups> lookups_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_STREAM_RESOLVE_H_
