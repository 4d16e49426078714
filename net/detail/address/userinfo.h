#ifndef TORCHHUB_NET_DETAIL_ADDRESS_USERINFO_H_
#define TORCHHUB_NET_DETAIL_ADDRESS_USERINFO_H_
// The user name and password in front of a URL's host, as people write them: with an "@" of their own, which
// RFC 3986 section 3.2.1 does not allow. As with curl and urllib, the last "@" separates. Pure.

#include <torchhub/net/detail/address/url_text.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace torchhub::net::detail {

/// Where the authority of `text` begins: behind "scheme://" or "//"; npos where there is neither.
std::size_t authority_begin(std::string_view text);

/// Percent-encodes what may not stand in a user name and password, so that `text` is a URL if the rest of
/// it is one. Their end is the last "@" before the path.
std::string with_sound_userinfo(std::string_view text);

/// The same for a proxy's address, which has no path: the last "@" of all ends them.
std::string with_sound_proxy_userinfo(std::string_view text);

/// `text` without all that may be a user name and password, whether it is a URL or not: better too much
/// than a part of a password.
std::string without_userinfo(std::string_view text);

namespace userinfo_detail {

inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kAlphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
// RFC 3986: unreserved and sub-delims, and the colon between the two.
inline constexpr std::string_view kSound = "-._~!$&'()*+,;=:";

// The userinfo of `text` ends at the last "@" before `end`.
inline std::string encoded_before(std::string_view text, std::size_t begin, std::size_t end) {
  const std::size_t at = text.substr(0, end).rfind('@');
  if (at == text.npos || at < begin) return std::string(text);
  return std::string(text.substr(0, begin)) +
         percent_encoded(text.substr(begin, at - begin), kSound) + std::string(text.substr(at));
}

inline std::size_t authority_end(std::string_view text, std::size_t begin) {
  return std::min(text.find_first_of("/?#", begin), text.size());
}

// Whether `authority` is a host, and a port in digits if there is one.
inline bool is_host(std::string_view authority) {
  if (authority.starts_with('['))
    authority.remove_prefix(std::min(authority.find(']'), authority.size()));
  const std::size_t colon = authority.find(':');
  return colon == authority.npos ||
         authority.find_first_not_of(kDigits, colon + 1) == authority.npos;
}

inline bool ends_in_port(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  return colon != authority.npos && colon + 1 < authority.size() &&
         authority.find_first_not_of(kDigits, colon + 1) == authority.npos;
}

// Whether nothing of `text` may be a password although an "@" stands behind its authority. Where that has no
// host, or one with a port in front of another one, it is a name and how a password with a slash begins.
inline bool is_plain(std::string_view text, std::size_t begin, std::size_t end) {
  const std::string_view authority = text.substr(begin, end - begin);
  if (authority.empty() || !is_host(authority)) return false;
  const std::size_t behind = text.rfind('@') + 1;
  return !ends_in_port(authority) ||
         !ends_in_port(text.substr(behind, authority_end(text, behind) - behind));
}

}  // namespace userinfo_detail

inline std::size_t authority_begin(std::string_view text) {
  if (text.starts_with("//")) return 2;
  const std::size_t scheme = text.find("://");
  const bool is_scheme = scheme != text.npos && scheme > 0 &&
                         text.substr(0, scheme).find_first_not_of(
                             std::string(userinfo_detail::kAlphanumeric) + "+-.") == text.npos;
  return is_scheme ? scheme + 3 : text.npos;
}

inline std::string with_sound_userinfo(std::string_view text) {
  const std::size_t begin = authority_begin(text);
  if (begin == text.npos) return std::string(text);
  return userinfo_detail::encoded_before(text, begin, userinfo_detail::authority_end(text, begin));
}

inline std::string with_sound_proxy_userinfo(std::string_view text) {
  const std::size_t begin = authority_begin(text);
  return userinfo_detail::encoded_before(text, begin == text.npos ? 0 : begin, text.size());
}

inline std::string without_userinfo(std::string_view text) {
  const std::size_t authority = authority_begin(text);
  const std::size_t begin = authority == text.npos ? 0 : authority;
  std::size_t end = userinfo_detail::authority_end(text, begin);
  std::size_t at = text.substr(0, end).rfind('@');
  const bool has_at = at != text.npos && at >= begin;
  if (!has_at) {
    // A password with a slash in it: what stands before that is then no host with a port.
    at = text.rfind('@');
    if (at == text.npos || at < begin) return std::string(text);
    const bool is_text = authority == text.npos
                             ? text.substr(0, text.find('@')).find(':') == text.npos
                             : userinfo_detail::is_plain(text, begin, end);
    if (is_text) return std::string(text);
  }
  return std::string(text.substr(0, begin)) + std::string(text.substr(at + 1));
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_ADDRESS_USERINFO_H_
