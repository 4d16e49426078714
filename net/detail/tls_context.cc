#include <torchhub/net/detail/tls_context.h>
#include <torchhub/net/error.h>

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <new>

namespace torchhub::net::detail {
namespace {

constexpr std::size_t kMaxTickets = 8;

// Debian, Fedora, SUSE, Alpine and BSD keep their bundle in one of these.
constexpr std::array<const char*, 4> kSystemBundles = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

void load_trust_roots(SSL_CTX* context) {
  const char* file = std::getenv("SSL_CERT_FILE");
  const char* folder = std::getenv("SSL_CERT_DIR");
  if (file && SSL_CTX_load_verify_locations(context, file, nullptr) != 1) {
    throw Error(errc::no_certificates, "SSL_CERT_FILE names " + std::string(file) +
                                           ", which holds no certificates that can be read");
  }
  if (folder && (!std::filesystem::is_directory(folder) ||
                 SSL_CTX_load_verify_locations(context, nullptr, folder) != 1)) {
    throw Error(errc::no_certificates,
                "SSL_CERT_DIR names " + std::string(folder) + ", which is no folder");
  }
  if (file || folder) return;
  for (const char* bundle : kSystemBundles) {
    if (SSL_CTX_load_verify_locations(context, bundle, nullptr) == 1) return;
  }
  throw Error(errc::no_certificates,
              "this system has no certificate bundle; name one with SSL_CERT_FILE");
}

// Where a connection keeps its context and the name of its server.
int context_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int server_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* server, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<std::string*>(server);
      });
  return index;
}

}  // namespace

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context_.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_.get(), keep_ticket);
  load_trust_roots(context_.get());
}

int TlsContext::keep_ticket(SSL* connection, SSL_SESSION* session) {
  auto* const self = static_cast<TlsContext*>(SSL_get_ex_data(connection, context_index()));
  const auto* server = static_cast<std::string*>(SSL_get_ex_data(connection, server_index()));
  auto& tickets = self->tickets_[*server];
  tickets.emplace_back(session);
  if (tickets.size() > kMaxTickets) tickets.pop_front();
  return 1;  // the session is ours now
}

bssl::UniquePtr<SSL> TlsContext::make_connection(const std::string& host,
                                                 const std::string& server) {
  bssl::UniquePtr<SSL> connection(SSL_new(context_.get()));
  if (!connection) throw std::bad_alloc();
  SSL* const handle = connection.get();
  SSL_set_ex_data(handle, context_index(), this);
  SSL_set_ex_data(handle, server_index(), new std::string(server));
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  if (no_address) {
    SSL_set_tlsext_host_name(handle, host.c_str());
    SSL_set1_host(handle, host.c_str());
  } else {
    // RFC 6066 section 3: a server name is never an address.
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str());
  }
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_set_alpn_protos(handle, kHttp11, sizeof kHttp11 - 1);
  if (auto& tickets = tickets_[server]; !tickets.empty()) {
    SSL_SESSION* const ticket = tickets.back().get();
    SSL_set_session(handle, ticket);
    if (SSL_SESSION_should_be_single_use(ticket)) tickets.pop_back();
  }
  SSL_set_connect_state(handle);
  return connection;
}

}  // namespace torchhub::net::detail
