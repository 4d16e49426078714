#ifndef TORCHHUB_NET_CONTENT_RANGE_H_
#define TORCHHUB_NET_CONTENT_RANGE_H_
// The Content-Range header of a 206 or a 416, as a value.
//
//   auto range = net::parse_content_range("bytes 0-99/1000");
//   if (range && range->first == 0 && range->total == 1000) ...
//
// Pure. Source: RFC 9110 section 14.4.

#include <torchhub/net/error.h>
#include <torchhub/net/export.h>

#include <boost/system/result.hpp>

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
TORCHHUB_NET_EXPORT boost::system::result<ContentRange> parse_content_range(std::string_view value);

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_CONTENT_RANGE_H_
