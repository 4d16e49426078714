#ifndef TORCHHUB_NET_DETAIL_ADDRESS_URL_TEXT_H_
#define TORCHHUB_NET_DETAIL_ADDRESS_URL_TEXT_H_
// The characters of a URL: which may stand where, what is percent-encoded, and dot segments.
//
// Pure. Source: RFC 3986.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace torchhub::net::detail {

namespace url_text_detail {

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hexadecimal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace url_text_detail

/// Whether `c` may stand in a scheme, behind its first letter.
constexpr bool is_in_scheme(char c) {
  return url_text_detail::is_letter(c) || url_text_detail::is_digit(c) || c == '+' || c == '-' ||
         c == '.';
}

/// Whether `text` may be a scheme.
inline bool is_scheme(std::string_view text) {
  return !text.empty() && url_text_detail::is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), is_in_scheme);
}

/// Whether `text`, percent-decoded, may be a host. What no name has is refused: at a null byte a resolver would stop
/// reading, while a rule that judges the name by its end would not.
inline bool is_host(std::string_view text) {
  constexpr std::string_view kNever = "/\\?#@<>^`{|}\"";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool is_control = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    return !is_control && kNever.find(c) == kNever.npos;
  });
}

/// Besides letters, digits and what is percent-encoded (RFC 3986 sections 3.3 and 3.4).
inline constexpr std::string_view kInPath = "/-._~!$&'()*+,;=:@";
inline constexpr std::string_view kInQuery = "/-._~!$&'()*+,;=:@?";

/// `part` as it is, but for bytes that are not `allowed` to stand there: those are percent-encoded.
inline std::string percent_encoded(std::string_view part, std::string_view allowed) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    const bool is_escape = c == '%' && i + 2 < part.size() &&
                           url_text_detail::is_hexadecimal(part[i + 1]) &&
                           url_text_detail::is_hexadecimal(part[i + 2]);
    if (url_text_detail::is_letter(c) || url_text_detail::is_digit(c) || is_escape ||
        allowed.find(c) != allowed.npos) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return text;
}

/// `path` without "." and ".." (RFC 3986 section 5.2.4), for a path that begins with "/" or is empty.
inline std::string without_dot_segments(std::string_view path) {
  std::string kept;
  kept.reserve(path.size());
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool leads_up = segment == "/..";
    if (!leads_up && segment != "/.") {
      kept += segment;
      continue;
    }
    if (leads_up && !kept.empty()) kept.resize(kept.rfind('/'));
    if (path.empty()) kept += '/';
  }
  return kept;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_ADDRESS_URL_TEXT_H_
