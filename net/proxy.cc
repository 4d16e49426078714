#include <torchhub/net/ascii_case.h>
#include <torchhub/net/detail/address/proxy_match.h>
#include <torchhub/net/detail/address/userinfo.h>
#include <torchhub/net/detail/environment.h>
#include <torchhub/net/proxy.h>

#include <algorithm>
#include <cstdlib>

namespace torchhub::net {
namespace {

boost::system::result<std::optional<Url>> parse_proxy(std::string_view address) {
  if (address.empty()) return std::optional<Url>();
  const bool has_scheme = detail::authority_begin(address) != address.npos;
  const std::string text = (has_scheme ? "" : "http://") + std::string(address);
  auto url = Url::parse(detail::with_sound_proxy_userinfo(text));
  if (!url) return url.error();
  return std::optional<Url>(*url);
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
  return std::any_of(direct_.begin(), direct_.end(), [&](const std::string& entry) {
    return detail::names_directly(entry, origin);
  });
}

std::optional<Url> ProxyRules::proxy_for(const Url& url) const {
  if (is_direct(url.origin())) return std::nullopt;
  return url.origin().is_secure() ? https_ : http_;
}

}  // namespace torchhub::net
