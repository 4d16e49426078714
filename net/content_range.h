#ifndef TORCHHUB_NET_CONTENT_RANGE_H_
#define TORCHHUB_NET_CONTENT_RANGE_H_
// The Content-Range header of a 206 or a 416, as a value.
//
//   auto range = net::parse_content_range("bytes 0-99/1000");
//   const bool is_front = range && range->first == 0 && range->total == 1000;
//
// Pure. Source: RFC 9110 section 14.4.

#include <torchhub/net/ascii_case.h>
#include <torchhub/net/error.h>

#include <boost/system/result.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace torchhub::net {

struct ContentRange {
  bool is_unsatisfied = false;         ///< "bytes */N", what a 416 says; first and end are 0 then
  std::uint64_t first = 0;             ///< offset of the first byte
  std::uint64_t end = 0;               ///< one past the last byte
  std::optional<std::uint64_t> total;  ///< length of the whole body, nothing for "*"
};

/// errc::bad_response for another unit, for numbers that do not fit and for ranges that end before
/// they begin or after the body.
boost::system::result<ContentRange> parse_content_range(std::string_view value);

namespace content_range_detail {

// Digits and nothing else; nothing where they are none or too many.
inline std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

inline bool is_bytes_unit(std::string_view text) {
  return lower_case(text.substr(0, 6)) == "bytes ";
}

}  // namespace content_range_detail

inline boost::system::result<ContentRange> parse_content_range(std::string_view value) {
  using namespace content_range_detail;
  if (!is_bytes_unit(value)) return make_error_code(errc::bad_response);
  value.remove_prefix(6);
  while (value.starts_with(' ')) value.remove_prefix(1);
  const std::size_t slash = value.find('/');
  if (slash == value.npos) return make_error_code(errc::bad_response);
  const std::string_view span = value.substr(0, slash);
  const std::string_view total = value.substr(slash + 1);

  ContentRange range;
  if (total != "*") {
    range.total = number(total);
    if (!range.total) return make_error_code(errc::bad_response);
  }
  if (span == "*") {
    if (!range.total) return make_error_code(errc::bad_response);
    range.is_unsatisfied = true;
    return range;
  }
  const std::size_t dash = span.find('-');
  if (dash == span.npos) return make_error_code(errc::bad_response);
  const auto first = number(span.substr(0, dash));
  const auto last = number(span.substr(dash + 1));
  const bool is_sound =
      first && last && *first <= *last && *last + 1 != 0 && (!range.total || *last < *range.total);
  if (!is_sound) return make_error_code(errc::bad_response);
  range.first = *first;
  range.end = *last + 1;
  return range;
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_CONTENT_RANGE_H_
