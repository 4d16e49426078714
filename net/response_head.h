#ifndef TORCHHUB_NET_RESPONSE_HEAD_H_
#define TORCHHUB_NET_RESPONSE_HEAD_H_
// Status and headers of an answer, as a value.
//
//   if (auto location = head.find("location")) follow(*location);

#include <torchhub/net/ascii_case.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::net {

struct Header {
  std::string name;
  std::string value;
};

/// Whether two header names are the same: letters' case does not count (RFC 9110 section 5.1).
inline bool is_same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_case(x) == lower_case(y); });
}

struct ResponseHead {
  ResponseHead() = default;

  unsigned status = 0;
  std::string reason;
  std::vector<Header> headers;
  /// Length of the body in bytes; nothing where it is chunked or ends with the connection.
  std::optional<std::uint64_t> content_length;

  bool is_success() const { return status >= 200 && status < 300; }

  /// The value of the first header called `name`, in whatever case, without the white space around
  /// it.
  std::optional<std::string_view> find(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
      return is_same_name(header.name, name);
    });
    if (found == headers.end()) return std::nullopt;
    return found->value;
  }
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_RESPONSE_HEAD_H_
