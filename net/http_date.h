#ifndef TORCHHUB_NET_HTTP_DATE_H_
#define TORCHHUB_NET_HTTP_DATE_H_
// A date as HTTP headers have it.
//
//   auto when = net::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
//
// Pure. Source: RFC 9110 section 5.6.7, its three formats.

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace torchhub::net {

/// Nothing where `text` is in none of the formats. What lies before 1970 or after 2262 becomes the first or the
/// last second between.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

namespace http_date_detail {

// What the clock can count to, in the year 2262. "Never" is often said as the year 9999.
inline constexpr std::time_t kLast =
    std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::duration::max())
        .count();

}  // namespace http_date_detail

inline std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
  // std::get_time does not mind where a text ends before its format does.
  const bool has_zone = text.ends_with(" GMT");
  for (const std::string_view format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    if (format.ends_with(" GMT") != has_zone) continue;
    std::istringstream stream{std::string(text)};
    // The names of days and months are English wherever the program runs.
    stream.imbue(std::locale::classic());
    std::tm date{};
    stream >> std::get_time(&date, format.data());
    if (!stream || stream.peek() != std::istringstream::traits_type::eof()) continue;
    return std::chrono::system_clock::from_time_t(
        std::clamp<std::time_t>(timegm(&date), 0, http_date_detail::kLast));
  }
  return std::nullopt;
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_HTTP_DATE_H_
