#include <torchhub/net/ascii_case.h>
#include <torchhub/net/detail/environment.h>
#include <torchhub/net/detail/host_name.h>
#include <torchhub/net/detail/userinfo.h>
#include <torchhub/net/proxy.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace torchhub::net {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

boost::system::result<std::optional<Url>> parse_proxy(std::string_view address) {
  if (address.empty()) return std::optional<Url>();
  const bool has_scheme = detail::authority_begin(address) != address.npos;
  const std::string text = (has_scheme ? "" : "http://") + std::string(address);
  auto url = Url::parse(detail::with_sound_proxy_userinfo(text));
  if (!url) return url.error();
  return std::optional<Url>(*url);
}

bool is_in_network(const ip::address& address, const std::string& network) {
  error_code failure;
  if (address.is_v4()) {
    const auto v4 = ip::make_network_v4(network, failure).canonical();
    return !failure && ip::make_network_v4(address.to_v4(), v4.prefix_length()).canonical() == v4;
  }
  const auto v6 = ip::make_network_v6(network, failure).canonical();
  return !failure && ip::make_network_v6(address.to_v6(), v6.prefix_length()).canonical() == v6;
}

// An entry's port, cut off it: "host:80", "[::1]:80". An IPv6 address alone has none.
std::optional<std::uint16_t> cut_port(std::string& entry) {
  const std::size_t colon = entry.rfind(':');
  const bool is_bracketed = entry.starts_with('[');
  if (colon == entry.npos) return std::nullopt;
  if (is_bracketed ? entry[colon - 1] != ']' : entry.find(':') != colon) return std::nullopt;
  std::uint16_t port = 0;
  std::from_chars(entry.data() + colon + 1, entry.data() + entry.size(), port);
  entry.resize(colon);
  return port;
}

bool matches(std::string entry, const Origin& origin) {
  if (entry == "*") return true;
  error_code no_address;
  const std::string host(detail::without_final_dot(origin.host));
  const ip::address address = ip::make_address(host, no_address);
  if (entry.find('/') != entry.npos) return !no_address && is_in_network(address, entry);
  if (const auto port = cut_port(entry); port && *port != origin.port) return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (!no_address) {
    error_code failure;
    return ip::make_address(entry, failure) == address && !failure;
  }
  entry.erase(0, entry.find_first_not_of(".*"));
  entry = detail::without_final_dot(entry);
  return !entry.empty() && (host == entry || host.ends_with("." + entry));
}

const char* variable(const char* lower_case, const char* upper_case) {
  const char* const value = detail::variable(lower_case);
  return value ? value : detail::variable(upper_case);
}

// `address` for a message: all before the last "@" may be a password.
std::string without_password(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == address.npos) return redact_url(address);
  const std::size_t begin = detail::authority_begin(address);
  const std::string_view scheme = begin == address.npos ? "" : address.substr(0, begin);
  return redact_url(std::string(scheme).append(address.substr(at + 1)));
}

}  // namespace

ProxyRules ProxyRules::from_environment() {
  ProxyRules rules;
  const auto set = [&](boost::system::result<void> (ProxyRules::*setter)(std::string_view),
                       const char* value, const char* name) {
    if (value && !(rules.*setter)(value)) {
      throw Error(errc::invalid_url, std::string(name) + " names the proxy \"" +
                                         without_password(value) +
                                         "\", which is not an http or https URL");
    }
  };
  const char* all = variable("all_proxy", "ALL_PROXY");
  const char* http = std::getenv("REQUEST_METHOD") ? detail::variable("http_proxy")
                                                   : variable("http_proxy", "HTTP_PROXY");
  const char* https = variable("https_proxy", "HTTPS_PROXY");
  set(&ProxyRules::set_http, http ? http : all, http ? "HTTP_PROXY" : "ALL_PROXY");
  set(&ProxyRules::set_https, https ? https : all, https ? "HTTPS_PROXY" : "ALL_PROXY");
  if (const char* list = variable("no_proxy", "NO_PROXY")) rules.set_direct(list);
  return rules;
}

boost::system::result<void> ProxyRules::set_http(std::string_view address) {
  auto proxy = parse_proxy(address);
  if (!proxy) return proxy.error();
  http_ = *proxy;
  return {};
}

boost::system::result<void> ProxyRules::set_https(std::string_view address) {
  auto proxy = parse_proxy(address);
  if (!proxy) return proxy.error();
  https_ = *proxy;
  return {};
}

void ProxyRules::set_direct(std::string_view list) {
  direct_.clear();
  constexpr std::string_view kSeparators = ", \t";
  while (!list.empty()) {
    const std::size_t begin = std::min(list.find_first_not_of(kSeparators), list.size());
    const std::size_t end = std::min(list.find_first_of(kSeparators, begin), list.size());
    if (begin < end) direct_.push_back(lower_case(list.substr(begin, end - begin)));
    list.remove_prefix(end);
  }
}

bool ProxyRules::is_direct(const Origin& origin) const {
  return std::any_of(direct_.begin(), direct_.end(),
                     [&](const std::string& entry) { return matches(entry, origin); });
}

std::optional<Url> ProxyRules::proxy_for(const Url& url) const {
  if (is_direct(url.origin())) return std::nullopt;
  return url.origin().is_secure() ? https_ : http_;
}

}  // namespace torchhub::net
