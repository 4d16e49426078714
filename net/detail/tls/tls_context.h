#ifndef TORCHHUB_NET_DETAIL_TLS_TLS_CONTEXT_H_
#define TORCHHUB_NET_DETAIL_TLS_TLS_CONTEXT_H_
// What TLS connections of one client share: trust roots, protocol versions, and the tickets with
// which a server's next connection resumes (RFC 8446 section 2.2). Not safe for several threads.

#include <openssl/ssl.h>

#include <deque>
#include <map>
#include <string>

namespace torchhub::net::detail {

class TlsContext {
 public:
  /// Reads the trust roots (trust_roots.h). TLS 1.2 and 1.3 only. Throws: errc::no_certificates.
  TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// A connection to `host`, which its certificate must be for. `server` names host and port; its
  /// tickets are kept and used under that name. Throws: errc::certificate_rejected for a `host` that no
  /// certificate can be for.
  bssl::UniquePtr<SSL> make_connection(const std::string& host, const std::string& server);

  unsigned full_handshakes = 0;     ///< counted by TlsStream
  unsigned resumed_handshakes = 0;  ///< counted by TlsStream

 private:
  static int keep_ticket(SSL* connection, SSL_SESSION* session);

  bssl::UniquePtr<SSL_CTX> context_;
  std::map<std::string, std::deque<bssl::UniquePtr<SSL_SESSION>>> tickets_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TLS_TLS_CONTEXT_H_
