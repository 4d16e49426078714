#include <torchhub/net/ascii_case.h>
#include <torchhub/net/detail/address/url_text.h>
#include <torchhub/net/detail/address/userinfo.h>
#include <torchhub/net/url.h>

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace torchhub::net {
namespace {

// A URL with an authority. Boost.URL 1.81 asserts where nothing but a line's end follows the scheme, and takes "8x" for
// a port and a path.
boost::system::result<boost::urls::url_view> parse_absolute(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (!detail::is_scheme(text.substr(0, colon)) || !text.substr(colon).starts_with("://"))
    return make_error_code(errc::invalid_url);
  auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (parsed && !parsed->encoded_path().empty() && !parsed->encoded_path().starts_with('/'))
    return make_error_code(errc::invalid_url);
  return parsed;
}

}  // namespace

boost::system::result<Url> Url::parse(std::string_view text) {
  const std::string sound = detail::with_sound_userinfo(text);
  const auto parsed = parse_absolute(sound);
  if (!parsed) return make_error_code(errc::invalid_url);
  const boost::urls::url_view& parts = *parsed;

  Url url;
  url.origin_.scheme = lower_case(std::string_view(parts.scheme()));
  if (url.origin_.scheme != "http" && url.origin_.scheme != "https")
    return make_error_code(errc::invalid_url);
  url.origin_.host = lower_case(parts.host_address());
  if (!detail::is_host(url.origin_.host)) return make_error_code(errc::invalid_url);
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

  url.host_header_ = lower_case(std::string_view(parts.encoded_host()));
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
  // Section 5.2.2. Boost.URL's own resolution decodes and removes more than is asked for there, which a
  // signature does not survive.
  reference = reference.substr(0, reference.find('#'));
  std::string_view scheme = origin_.scheme;
  const std::size_t colon = reference.find_first_of(":/?");
  const bool has_scheme = colon != reference.npos && reference[colon] == ':' &&
                          detail::is_scheme(reference.substr(0, colon));
  if (has_scheme) {
    scheme = reference.substr(0, colon);
    reference.remove_prefix(colon + 1);
  }
  std::string_view authority = host_header_;
  const bool has_authority = reference.starts_with("//");
  if (has_authority) {
    const std::size_t end = std::min(reference.find_first_of("/?", 2), reference.size());
    authority = reference.substr(2, end - 2);
    // Browsers end a host there, others take it for a part of a password: nobody means it.
    if (authority.find('\\') != authority.npos) return make_error_code(errc::invalid_url);
    reference.remove_prefix(end);
  } else if (has_scheme) {
    return make_error_code(errc::invalid_url);
  }
  const std::size_t question = std::min(reference.find('?'), reference.size());
  const std::string_view path = reference.substr(0, question);
  const std::string_view base_path = std::string_view(target_).substr(0, target_.find('?'));

  std::string text = std::string(scheme) + "://" + std::string(authority);
  if (has_authority || path.starts_with('/')) {
    text += detail::without_dot_segments(detail::percent_encoded(path, detail::kInPath));
  } else if (path.empty()) {
    text += question == reference.size() ? target_ : base_path;
  } else {
    const std::string_view folder = base_path.substr(0, base_path.rfind('/') + 1);
    text += detail::without_dot_segments(std::string(folder) +
                                         detail::percent_encoded(path, detail::kInPath));
  }
  text += detail::percent_encoded(reference.substr(question), detail::kInQuery);
  return parse(text);
}

std::string redact_url(std::string_view text) {
  std::string shown = detail::without_userinfo(text);
  shown.resize(std::min(shown.find_first_of("?#"), shown.size()));
  return shown;
}

std::string redact_urls(std::string_view sentence) {
  std::string shown;
  for (std::size_t mark; (mark = sentence.find("://")) != sentence.npos;) {
    std::size_t begin = mark;
    while (begin > 0 && detail::is_in_scheme(sentence[begin - 1])) --begin;
    const std::size_t end = std::min(sentence.find_first_of(" \t\r\n\"'<>", mark), sentence.size());
    std::string url = detail::without_userinfo(sentence.substr(begin, end - begin));
    if (const std::size_t query = url.find('?'); query != url.npos) {
      // What ends a clause is none of it.
      const std::size_t last = url.find_last_not_of(":;,.!?)");
      url.erase(query, last == url.npos || last < query ? url.npos : last + 1 - query);
    }
    shown.append(sentence.substr(0, begin)).append(url);
    sentence.remove_prefix(end);
  }
  return shown.append(sentence);
}

boost::system::result<std::string> url_beside(std::string_view text, std::string_view name) {
  const std::string sound = detail::with_sound_userinfo(text);
  const auto parsed = parse_absolute(sound);
  if (!parsed || parsed->segments().empty() || parsed->segments().back().empty())
    return make_error_code(errc::invalid_url);
  boost::urls::url beside(*parsed);
  beside.remove_query();
  beside.remove_fragment();
  beside.segments().pop_back();
  for (std::size_t at = 0; at <= name.size();) {
    const std::string_view part = name.substr(at, name.find('/', at) - at);
    beside.segments().push_back({part.data(), part.size()});
    at += part.size() + 1;
  }
  return std::string(beside.buffer());
}

}  // namespace torchhub::net
