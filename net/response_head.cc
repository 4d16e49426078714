#include <torchhub/net/detail/ascii_case.h>
#include <torchhub/net/response_head.h>

#include <algorithm>

namespace torchhub::net {

bool is_same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return detail::lower_case(x) == detail::lower_case(y); });
}

std::optional<std::string_view> ResponseHead::find(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const Header& header) {
    return is_same_name(header.name, name);
  });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

}  // namespace torchhub::net
