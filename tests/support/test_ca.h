#ifndef TORCHHUB_TESTS_SUPPORT_TEST_CA_H_
#define TORCHHUB_TESTS_SUPPORT_TEST_CA_H_
// A certificate authority of our own, made on the spot, and a server's certificate signed by it.

#include <string>

namespace torchhub::tests {

/// PEM texts. The authority's key is thrown away.
struct ServerCertificate {
  std::string authority;    ///< what a client is to trust
  std::string certificate;  ///< the server's
  std::string key;          ///< the server's
};

/// A certificate for `alternative_names`, in OpenSSL's notation, valid for a day.
ServerCertificate make_server_certificate(
    const std::string& alternative_names = "IP:127.0.0.1,DNS:localhost");

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_TEST_CA_H_
