#ifndef TORCHHUB_NET_HTTP_DATE_H_
#define TORCHHUB_NET_HTTP_DATE_H_
// A date as HTTP headers have it.
//
//   auto when = net::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
//
// Pure. Source: RFC 9110 section 5.6.7, its three formats.

#include <torchhub/net/export.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace torchhub::net {

/// Nothing where `text` is in none of the formats. What lies before 1970 or after 2262 becomes the first or the
/// last second between.
TORCHHUB_NET_EXPORT std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view text);

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_HTTP_DATE_H_
