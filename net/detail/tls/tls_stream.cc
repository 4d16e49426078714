#include <torchhub/net/detail/tls/tls_stream.h>
#include <torchhub/net/error.h>

#include <boost/asio/error.hpp>
#include <climits>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

namespace torchhub::net::detail {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr std::size_t kFeedBytes = std::size_t{256} << 10;
// Less room than this is left in a buffer: a whole record does not fit, and the caller may have it.
constexpr std::size_t kTlsRecordBytes = std::size_t{16} << 10;
}  // namespace

struct TlsStream::Wire {
  std::vector<std::byte> in = std::vector<std::byte>(kFeedBytes);
  std::size_t begin = 0;  // what came and is not decrypted yet: in[begin, end)
  std::size_t end = 0;
  std::vector<std::byte> out;
  bool is_ended = false;

  static Wire& of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* buffer, int wanted) {
    BIO_clear_retry_flags(bio);
    Wire& wire = of(bio);
    const std::size_t count =
        std::min(wire.end - wire.begin, static_cast<std::size_t>(std::max(wanted, 0)));
    if (count == 0) {
      if (wire.is_ended) return 0;
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(buffer, wire.in.data() + wire.begin, count);
    wire.begin += count;
    return static_cast<int>(count);
  }

  static int write(BIO* bio, const char* bytes, int count) {
    BIO_clear_retry_flags(bio);
    const auto* first = reinterpret_cast<const std::byte*>(bytes);
    of(bio).out.insert(of(bio).out.end(), first, first + count);
    return count;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index(), "torchhub wire");
      BIO_meth_set_read(fresh, read);
      BIO_meth_set_write(fresh, write);
      BIO_meth_set_ctrl(fresh, control);
      return fresh;
    }();
    return made;
  }
};

TlsStream::TlsStream(std::unique_ptr<Stream> below, TlsContext& context, const std::string& host,
                     const std::string& server)
    : below_(std::move(below)),
      context_(context),
      host_(host),
      wire_(std::make_unique<Wire>()),
      ssl_(context.make_connection(host, server)) {
  BIO* const bio = BIO_new(Wire::method());
  BIO_set_data(bio, wire_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() = default;

asio::awaitable<error_code> TlsStream::flush() {
  if (wire_->out.empty()) co_return error_code();
  const std::vector<std::byte> out = std::exchange(wire_->out, {});
  co_return co_await below_->write(out);
}

asio::awaitable<error_code> TlsStream::feed() {
  if (wire_->begin == wire_->end) {
    wire_->begin = wire_->end = 0;
  } else if (wire_->begin > 0) {
    std::memmove(wire_->in.data(), wire_->in.data() + wire_->begin, wire_->end - wire_->begin);
    wire_->end -= wire_->begin;
    wire_->begin = 0;
  }
  const ReadResult result = co_await below_->read_some(std::span(wire_->in).subspan(wire_->end));
  wire_->end += result.bytes;
  if (result.error == asio::error::eof) {
    wire_->is_ended = true;
    co_return error_code();
  }
  co_return result.error;
}

// What the certificate is for, when it is not for this host.
std::string TlsStream::rejection() const {
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_ERR_HOSTNAME_MISMATCH && verdict != X509_V_ERR_IP_ADDRESS_MISMATCH)
    return "the certificate of " + host_ +
           " is not trusted: " + X509_verify_cert_error_string(verdict);
  std::string names;
  const bssl::UniquePtr<X509> certificate(SSL_get_peer_certificate(ssl_.get()));
  const bssl::UniquePtr<GENERAL_NAMES> alternatives(
      certificate ? static_cast<GENERAL_NAMES*>(
                        X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr))
                  : nullptr);
  const std::size_t count = alternatives ? sk_GENERAL_NAME_num(alternatives.get()) : std::size_t{0};
  for (std::size_t i = 0; i < std::min<std::size_t>(count, 8); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type != GEN_DNS) continue;
    names += names.empty() ? " but for " : ", ";
    names.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                 static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return "the certificate that came is not one for " + host_ + names;
}

asio::awaitable<TlsStream::Handshake> TlsStream::handshake() {
  Handshake result;
  for (;;) {
    ERR_clear_error();
    const int outcome = SSL_do_handshake(ssl_.get());
    const int want = outcome == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), outcome);
    const std::uint32_t detail = ERR_peek_last_error();
    result.error = co_await flush();
    if (outcome == 1) {
      ++(SSL_session_reused(ssl_.get()) ? context_.resumed_handshakes : context_.full_handshakes);
      co_return result;
    }
    if (want != SSL_ERROR_WANT_READ) {
      // What the other side is told of it may not arrive; what is said here counts.
      if (ERR_GET_REASON(detail) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        result.error = errc::certificate_rejected;
        result.reason = rejection();
      } else if (wire_->is_ended) {
        result.error = errc::truncated;
        result.reason = "the server closed the connection during the TLS handshake";
      } else {
        result.error = errc::tls_failure;
        const char* text = ERR_reason_error_string(detail);
        result.reason = std::string("TLS handshake: ") + (text ? text : "failed");
      }
      co_return result;
    }
    if (!result.error) result.error = co_await feed();
    if (result.error) co_return result;
  }
}

asio::awaitable<ReadResult> TlsStream::read_some(std::span<std::byte> buffer) {
  for (;;) {
    std::size_t got = 0;
    int want = SSL_ERROR_NONE;
    ERR_clear_error();
    while (got < buffer.size() && (got == 0 || buffer.size() - got >= kTlsRecordBytes)) {
      const int room = static_cast<int>(std::min<std::size_t>(buffer.size() - got, INT_MAX));
      const int count = SSL_read(ssl_.get(), buffer.data() + got, room);
      if (count <= 0) {
        want = SSL_get_error(ssl_.get(), count);
        break;
      }
      got += static_cast<std::size_t>(count);
    }
    // Key updates and the like have answers.
    if (const error_code error = co_await flush()) co_return ReadResult(error);
    if (got > 0) co_return ReadResult(got);
    if (want == SSL_ERROR_ZERO_RETURN) co_return ReadResult(asio::error::eof);
    if (want != SSL_ERROR_WANT_READ) {
      // An end without close_notify: anybody on the way could have cut the connection.
      co_return ReadResult(make_error_code(wire_->is_ended ? errc::truncated : errc::tls_failure));
    }
    if (const error_code error = co_await feed()) co_return ReadResult(error);
  }
}

asio::awaitable<error_code> TlsStream::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const int count = SSL_write(ssl_.get(), bytes.data(),
                                static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
    if (count <= 0) co_return make_error_code(errc::tls_failure);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    if (const error_code error = co_await flush()) co_return error;
  }
  co_return error_code();
}

}  // namespace torchhub::net::detail
