#ifndef TORCHHUB_NET_PROXY_H_
#define TORCHHUB_NET_PROXY_H_
// Which proxy, if any, a request goes through.
//
//   net::ProxyRules rules = net::ProxyRules::from_environment();
//   if (auto proxy = rules.proxy_for(address)) connect_through(*proxy);
//
// HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name proxies as [http[s]://][user:password@]host[:port], and
// their lower-case forms come first; an empty one counts as unset. The last "@" ends the password. HTTP_PROXY in upper case is not read by a CGI program, whose
// clients could set it. NO_PROXY is a list, with commas or spaces, of what is reached directly:
//
//     *                  everything
//     example.com        that host and those beneath it; .example.com means the same
//     example.com:8443   only on that port
//     10.0.0.0/8         addresses of a network; fd00::/8, 192.168.1.7, [::1]:8080
//
// Pure, but for from_environment().

#include <torchhub/net/export.h>
#include <torchhub/net/url.h>

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::net {

class TORCHHUB_NET_EXPORT ProxyRules {
 public:
  /// No proxy.
  ProxyRules() = default;

  /// Throws: errc::invalid_url, with the variable's name, for a proxy that is no http or https URL.
  static ProxyRules from_environment();

  /// `address` as in the variables; "" for none. errc::invalid_url.
  boost::system::result<void> set_http(std::string_view address);
  boost::system::result<void> set_https(std::string_view address);
  /// A list as in NO_PROXY.
  void set_direct(std::string_view list);

  std::optional<Url> proxy_for(const Url& url) const;

 private:
  bool is_direct(const Origin& origin) const;

  std::optional<Url> http_;
  std::optional<Url> https_;
  std::vector<std::string> direct_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_PROXY_H_
