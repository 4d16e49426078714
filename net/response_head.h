#ifndef TORCHHUB_NET_RESPONSE_HEAD_H_
#define TORCHHUB_NET_RESPONSE_HEAD_H_
// Status and headers of an answer, as a value.
//
//   if (auto location = head.find("location")) ...

#include <torchhub/net/export.h>

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
TORCHHUB_NET_EXPORT bool is_same_name(std::string_view a, std::string_view b);

struct TORCHHUB_NET_EXPORT ResponseHead {
  ResponseHead() = default;

  unsigned status = 0;
  std::string reason;
  std::vector<Header> headers;
  /// Length of the body in bytes; nothing where it is chunked or ends with the connection.
  std::optional<std::uint64_t> content_length;

  bool is_success() const { return status >= 200 && status < 300; }

  /// The value of the first header called `name`, in whatever case, without the white space around
  /// it.
  std::optional<std::string_view> find(std::string_view name) const;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_RESPONSE_HEAD_H_
