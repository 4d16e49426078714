#include <torchhub/net/detail/environment.h>
#include <torchhub/net/detail/tls/trust_roots.h>
#include <torchhub/net/error.h>

#include <array>
#include <filesystem>

namespace torchhub::net::detail {
namespace {

// Debian, Fedora, SUSE, Alpine and BSD keep their bundle in one of these.
constexpr std::array<const char*, 4> kSystemBundles = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

// Whether there was one among them that could be used.
bool load_folders(SSL_CTX* context, std::string_view list) {
  bool has_any = false;
  for (const std::string& folder : folders_of(list)) {
    std::error_code absent;
    has_any = (std::filesystem::is_directory(folder, absent) &&
               SSL_CTX_load_verify_locations(context, nullptr, folder.c_str()) == 1) ||
              has_any;
  }
  return has_any;
}

}  // namespace

void load_trust_roots(SSL_CTX* context) {
  const char* const file = variable("SSL_CERT_FILE");
  const char* const folders = variable("SSL_CERT_DIR");
  if (file && SSL_CTX_load_verify_locations(context, file, nullptr) != 1) {
    throw Error(errc::no_certificates, "SSL_CERT_FILE names " + std::string(file) +
                                           ", which holds no certificates that can be read");
  }
  if (folders && !load_folders(context, folders) && !file) {
    throw Error(errc::no_certificates,
                "SSL_CERT_DIR names " + std::string(folders) + ", in which there is no folder");
  }
  if (file || folders) return;
  for (const char* bundle : kSystemBundles) {
    if (SSL_CTX_load_verify_locations(context, bundle, nullptr) == 1) return;
  }
  throw Error(errc::no_certificates,
              "this system has no certificate bundle; name one with SSL_CERT_FILE");
}

}  // namespace torchhub::net::detail
