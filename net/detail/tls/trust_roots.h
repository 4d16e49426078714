#ifndef TORCHHUB_NET_DETAIL_TLS_TRUST_ROOTS_H_
#define TORCHHUB_NET_DETAIL_TLS_TRUST_ROOTS_H_
// The certificates that a server's must lead to.

#include <openssl/ssl.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::net::detail {

/// The folders of a list such as SSL_CERT_DIR's, with colons between them; empty entries left out. Pure.
inline std::vector<std::string> folders_of(std::string_view list) {
  std::vector<std::string> folders;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    if (end > 0) folders.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return folders;
}

/// Trusts what SSL_CERT_FILE and SSL_CERT_DIR name, else the system's bundle. An empty variable is an unset
/// one, and a folder of a list may be missing, as with OpenSSL.
/// Throws: errc::no_certificates, naming the variable, where it leads to none.
void load_trust_roots(SSL_CTX* context);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TLS_TRUST_ROOTS_H_
