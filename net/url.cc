#include <torchhub/net/detail/ascii_case.h>
#include <torchhub/net/detail/userinfo.h>
#include <torchhub/net/url.h>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace torchhub::net {
boost::system::result<Url> Url::parse(std::string_view text) {
  const std::string sound = detail::with_sound_userinfo(text);
  const auto parsed = boost::urls::parse_uri(sound);
  if (!parsed) return make_error_code(errc::invalid_url);
  const boost::urls::url_view& parts = *parsed;

  Url url;
  url.origin_.scheme = detail::lower_case(std::string_view(parts.scheme()));
  if (url.origin_.scheme != "http" && url.origin_.scheme != "https")
    return make_error_code(errc::invalid_url);
  url.origin_.host = detail::lower_case(parts.host_address());
  if (url.origin_.host.empty()) return make_error_code(errc::invalid_url);
  url.credentials_ = parts.userinfo();
  if (!url.credentials_.empty() && !parts.has_password()) url.credentials_ += ':';
  const std::uint16_t own_port = url.origin_.is_secure() ? 443 : 80;
  url.origin_.port = own_port;
  if (const std::string_view port = parts.port(); !port.empty()) {
    const auto [end, failure] =
        std::from_chars(port.data(), port.data() + port.size(), url.origin_.port);
    if (failure != std::errc() || end != port.data() + port.size() || url.origin_.port == 0)
      return make_error_code(errc::invalid_url);
  }

  url.host_header_ = detail::lower_case(std::string_view(parts.encoded_host()));
  if (url.origin_.port != own_port) url.host_header_ += ':' + std::to_string(url.origin_.port);
  const std::string_view path = parts.encoded_path();
  // Boost.URL 1.81 takes "host:word/..." for a host with an empty port and a path.
  if (!path.empty() && path.front() != '/') return make_error_code(errc::invalid_url);
  url.target_ = path.empty() ? "/" : std::string(path);
  if (parts.has_query()) url.target_.append("?").append(std::string_view(parts.encoded_query()));
  url.text_ = url.origin_.scheme + "://" + url.host_header_ + url.target_;
  return url;
}

boost::system::result<Url> Url::resolve(std::string_view reference) const {
  const auto base = boost::urls::parse_uri({text_.data(), text_.size()});
  const auto relative = boost::urls::parse_uri_reference({reference.data(), reference.size()});
  if (!base || !relative) return make_error_code(errc::invalid_url);
  boost::urls::url resolved;
  if (!boost::urls::resolve(*base, *relative, resolved)) return make_error_code(errc::invalid_url);
  // Boost.URL 1.81 keeps a ".." that leads above the root, which section 5.2.4 removes.
  std::string path(resolved.encoded_path());
  while (path.starts_with("/../")) path.erase(0, 3);
  resolved.set_encoded_path(path);
  return parse(std::string_view(resolved.buffer()));
}

std::string redact_url(std::string_view text) {
  std::string shown = detail::without_userinfo(text);
  shown.resize(std::min(shown.find('?'), shown.size()));
  return shown;
}

boost::system::result<std::string> url_beside(std::string_view text, std::string_view name) {
  const std::string sound = detail::with_sound_userinfo(text);
  const auto parsed = boost::urls::parse_uri(sound);
  if (!parsed || parsed->segments().empty() || parsed->segments().back().empty())
    return make_error_code(errc::invalid_url);
  boost::urls::url beside(*parsed);
  beside.remove_query();
  beside.remove_fragment();
  beside.segments().pop_back();
  beside.segments().push_back({name.data(), name.size()});
  return std::string(beside.buffer());
}

}  // namespace torchhub::net
