#ifndef TORCHHUB_NET_DETAIL_HTTP_REQUEST_TEXT_H_
#define TORCHHUB_NET_DETAIL_HTTP_REQUEST_TEXT_H_
// The head of a request, from values to bytes. Pure. Source: RFC 9112 section 3.

#include <torchhub/net/response_head.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::net::detail {

/// A user's header may not smuggle in another one (RFC 9112 section 11.1).
inline bool is_sound_header(const Header& header) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return !header.name.empty() && header.name.find_first_of(": \t\r\n") == header.name.npos &&
         header.value.find_first_of(kBreaks) == header.value.npos;
}

/// Unless there is one of that name.
inline void set_if_missing(std::vector<Header>& headers, std::string name, std::string value) {
  const auto same = [&](const Header& header) { return is_same_name(header.name, name); };
  if (std::none_of(headers.begin(), headers.end(), same))
    headers.push_back(Header{std::move(name), std::move(value)});
}

/// A request's head, its empty line included.
inline std::string request_text(const std::string& method, const std::string& target,
                                const std::vector<Header>& headers) {
  std::string text = method + ' ' + target + " HTTP/1.1\r\n";
  for (const Header& header : headers) text += header.name + ": " + header.value + "\r\n";
  return text + "\r\n";
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_REQUEST_TEXT_H_
