#ifndef TORCHHUB_NET_DETAIL_ADDRESS_HOST_NAME_H_
#define TORCHHUB_NET_DETAIL_ADDRESS_HOST_NAME_H_

#include <string_view>

namespace torchhub::net::detail {

/// `host` without the dot that ends an absolute name: what certificates, SNI (RFC 6066 section 3) and
/// people call it.
constexpr std::string_view without_final_dot(std::string_view host) {
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  return host;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_ADDRESS_HOST_NAME_H_
