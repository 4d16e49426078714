#include <torchhub/net/http_date.h>

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace torchhub::net {
namespace {

// What the clock can count to, in the year 2262. "Never" is often said as the year 9999.
constexpr std::time_t kLast =
    std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::duration::max())
        .count();

}  // namespace

std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
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
    return std::chrono::system_clock::from_time_t(std::clamp<std::time_t>(timegm(&date), 0, kLast));
  }
  return std::nullopt;
}

}  // namespace torchhub::net
