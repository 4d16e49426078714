#ifndef TORCHHUB_NET_DETAIL_RESOLVE_H_
#define TORCHHUB_NET_DETAIL_RESOLVE_H_
// The addresses of a host, by the system's resolver, which knows no time limit: it runs in a thread
// that is left behind when its answer comes too late.

#include <torchhub/net/detail/stream.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace torchhub::net::detail {

struct Addresses {
  Addresses() = default;

  boost::system::error_code error;  ///< errc::timed_out where `deadline` came first
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};

boost::asio::awaitable<Addresses> resolve(boost::asio::any_io_executor executor, std::string host,
                                          std::uint16_t port, Time deadline);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_RESOLVE_H_
