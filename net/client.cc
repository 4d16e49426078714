#include <torchhub/net/client.h>
#include <torchhub/net/error.h>

#include <boost/asio/ssl/context.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>

namespace torchhub::net {
namespace {

namespace ssl = boost::asio::ssl;

// Debian, Fedora, SUSE, Alpine and BSD keep their bundle in one of these.
constexpr std::array<const char*, 4> kSystemBundles = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

void load_trust_roots(ssl::context& context) {
  boost::system::error_code failure;
  const char* file = std::getenv("SSL_CERT_FILE");
  const char* folder = std::getenv("SSL_CERT_DIR");
  if (file) {
    context.load_verify_file(file, failure);
    if (failure) {
      throw Error(errc::no_certificates, "SSL_CERT_FILE names " + std::string(file) +
                                             ", which holds no certificates that can be read");
    }
  }
  if (folder) {
    if (!std::filesystem::is_directory(folder)) {
      throw Error(errc::no_certificates,
                  "SSL_CERT_DIR names " + std::string(folder) + ", which is no folder");
    }
    context.add_verify_path(folder, failure);
  }
  if (file || folder) return;
  for (const char* bundle : kSystemBundles) {
    context.load_verify_file(bundle, failure);
    if (!failure) return;
  }
  throw Error(errc::no_certificates,
              "this system has no certificate bundle; name one with SSL_CERT_FILE");
}

}  // namespace

Client::Client(boost::asio::any_io_executor executor, ClientOptions options)
    : executor_(std::move(executor)), options_(std::move(options)) {}

Client::~Client() = default;

ssl::context& Client::tls() {
  if (!tls_) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(ssl::verify_peer);
    load_trust_roots(*context);
    tls_ = std::move(context);
  }
  return *tls_;
}

}  // namespace torchhub::net
