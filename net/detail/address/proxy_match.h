#ifndef TORCHHUB_NET_DETAIL_ADDRESS_PROXY_MATCH_H_
#define TORCHHUB_NET_DETAIL_ADDRESS_PROXY_MATCH_H_
// Whether an entry of NO_PROXY means an origin, for proxy.h. Pure.

#include <torchhub/net/detail/address/host_name.h>
#include <torchhub/net/url.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/system/error_code.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace torchhub::net::detail {

namespace proxy_match_detail {

inline bool is_in_network(const boost::asio::ip::address& address, const std::string& network) {
  boost::system::error_code failure;
  if (address.is_v4()) {
    const auto v4 = boost::asio::ip::make_network_v4(network, failure).canonical();
    return !failure &&
           boost::asio::ip::make_network_v4(address.to_v4(), v4.prefix_length()).canonical() == v4;
  }
  const auto v6 = boost::asio::ip::make_network_v6(network, failure).canonical();
  return !failure &&
         boost::asio::ip::make_network_v6(address.to_v6(), v6.prefix_length()).canonical() == v6;
}

// An entry's port, cut off it: "host:80", "[::1]:80". An IPv6 address alone has none.
inline std::optional<std::uint16_t> cut_port(std::string& entry) {
  const std::size_t colon = entry.rfind(':');
  const bool is_bracketed = entry.starts_with('[');
  if (colon == entry.npos) return std::nullopt;
  if (is_bracketed ? entry[colon - 1] != ']' : entry.find(':') != colon) return std::nullopt;
  std::uint16_t port = 0;
  std::from_chars(entry.data() + colon + 1, entry.data() + entry.size(), port);
  entry.resize(colon);
  return port;
}

}  // namespace proxy_match_detail

/// Whether `entry`, in lower case, names `origin`: what is reached without a proxy.
inline bool names_directly(std::string entry, const Origin& origin) {
  if (entry == "*") return true;
  boost::system::error_code no_address;
  const std::string host(without_final_dot(origin.host));
  const boost::asio::ip::address address = boost::asio::ip::make_address(host, no_address);
  if (entry.find('/') != entry.npos)
    return !no_address && proxy_match_detail::is_in_network(address, entry);
  if (const auto port = proxy_match_detail::cut_port(entry); port && *port != origin.port)
    return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (!no_address) {
    boost::system::error_code failure;
    return boost::asio::ip::make_address(entry, failure) == address && !failure;
  }
  entry.erase(0, entry.find_first_not_of(".*"));
  entry = without_final_dot(entry);
  return !entry.empty() && (host == entry || host.ends_with("." + entry));
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_ADDRESS_PROXY_MATCH_H_
