#include <torchhub/net/detail/address/host_name.h>
#include <torchhub/net/detail/tls/tls_context.h>
#include <torchhub/net/detail/tls/trust_roots.h>
#include <torchhub/net/error.h>

#include <boost/asio/ip/address.hpp>

#include <new>

namespace torchhub::net::detail {
namespace {

constexpr std::size_t kMaxTickets = 8;

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
  const std::string name(without_final_dot(host));
  boost::system::error_code no_address;
  boost::asio::ip::make_address(name, no_address);
  // RFC 6066 section 3: a server name is never an address.
  const bool is_named =
      no_address ? SSL_set_tlsext_host_name(handle, name.c_str()) == 1 &&
                       SSL_set1_host(handle, name.c_str()) == 1
                 : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), name.c_str()) == 1;
  // Without a name to hold it to, any certificate would do.
  if (!is_named || name == ".") {
    throw Error(errc::certificate_rejected,
                "\"" + host + "\" is no host that a certificate can be for");
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
