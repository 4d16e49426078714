#include <torchhub/net/detail/connection.h>
#include <torchhub/net/error.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Beast reads as much as the buffer has room for, and by itself gives it room for 512 bytes.
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;

// An operation's outcome as a value: the error, and its result if it has one.
constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

beast::tcp_stream& lowest(beast::tcp_stream& stream) { return stream; }
beast::tcp_stream& lowest(beast::ssl_stream<beast::tcp_stream>& stream) {
  return stream.next_layer();
}

bool is_tls_failure(const error_code& code) {
  return code.category() == asio::error::get_ssl_category() ||
         code.category() == asio::ssl::error::get_stream_category();
}

// Turns what a failed operation reported into the error to throw: what the caller can judge by.
Error failure(const Url& url, const std::string& step, error_code code) {
  if (code == beast::error::timeout)
    return Error(errc::timed_out, url.redacted() + ": " + step + ": no answer in time");
  if (code == http::error::partial_message || code == http::error::end_of_stream ||
      code == asio::error::eof || code == asio::ssl::error::stream_truncated) {
    return Error(errc::truncated,
                 url.redacted() + ": " + step + ": the server closed the connection too early");
  }
  // The parser's errors are Beast's; what an HTTP server would not send is not HTTP.
  if (code.category() == http::make_error_code(http::error::bad_version).category()) {
    return Error(errc::bad_response,
                 url.redacted() + ": the answer is not HTTP that can be read: " + code.message());
  }
  if (is_tls_failure(code))
    return Error(errc::tls_failure, url.redacted() + ": " + step + ": TLS: " + code.message());
  return Error(code, url.redacted() + ": " + step + ": " + code.message());
}

template <class Stream>
class HttpConnection final : public Connection {
 public:
  HttpConnection(Client& client, Url url, Deadline deadline, Stream stream)
      : client_(client), url_(std::move(url)), deadline_(deadline), stream_(std::move(stream)) {
    buffer_.reserve(kBufferBytes);
    parser_.header_limit(kMaxHeaderBytes);
    parser_.body_limit(boost::none);
    parser_.eager(true);
  }

  asio::awaitable<ResponseHead> get(std::vector<Header> headers) override {
    http::request<http::empty_body> request(http::verb::get, url_.target(), 11);
    request.set(http::field::host, url_.host_header());
    request.set(http::field::user_agent, client_.options().user_agent());
    request.set(http::field::accept_encoding, "identity");
    request.set(http::field::connection, "close");
    for (const Header& header : headers) request.set(header.name, header.value);

    expire_after(client_.options().header_timeout());
    auto [write_error, written] = co_await http::async_write(stream_, request, kAsTuple);
    if (write_error) throw failure(url_, "sending the request", write_error);
    auto [read_error, read] = co_await http::async_read_header(stream_, buffer_, parser_, kAsTuple);
    if (read_error) throw failure(url_, "waiting for the answer", read_error);

    ResponseHead head;
    const auto& message = parser_.get();
    head.status = message.result_int();
    head.reason = std::string(message.reason());
    for (const auto& field : message) {
      Header header{std::string(field.name_string()), std::string(field.value())};
      head.headers.push_back(std::move(header));
    }
    if (const auto length = parser_.content_length()) head.content_length = *length;
    // A body of known length comes straight off the stream, after what the header's reads brought
    // along.
    left_ = head.content_length;
    co_return head;
  }

  asio::awaitable<std::size_t> read_body(std::span<std::byte> buffer) override {
    expire_after(client_.options().stall_timeout());
    return left_ ? read_measured(buffer) : read_parsed(buffer);
  }

 private:
  asio::awaitable<std::size_t> read_measured(std::span<std::byte> buffer) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(*left_, buffer.size()));
    if (wanted == 0) co_return 0;
    std::size_t got = std::min(wanted, buffer_.size());
    if (got > 0) {
      std::memcpy(buffer.data(), buffer_.data().data(), got);
      buffer_.consume(got);
    } else {
      auto [error, read] =
          co_await stream_.async_read_some(asio::buffer(buffer.data(), wanted), kAsTuple);
      if (error) throw failure(url_, "receiving the body", error);
      got = read;
    }
    *left_ -= got;
    co_return got;
  }

  asio::awaitable<std::size_t> read_parsed(std::span<std::byte> buffer) {
    while (!parser_.is_done()) {
      parser_.get().body().data = buffer.data();
      parser_.get().body().size = buffer.size();
      parser_.get().body().more = true;
      auto [error, read] = co_await http::async_read_some(stream_, buffer_, parser_, kAsTuple);
      // need_buffer: the piece is full, the body goes on.
      if (error && error != http::error::need_buffer)
        throw failure(url_, "receiving the body", error);
      const std::size_t got = buffer.size() - parser_.get().body().size;
      if (got > 0) co_return got;
    }
    co_return 0;
  }

  void expire_after(std::chrono::steady_clock::duration timeout) {
    auto when = std::chrono::steady_clock::now() + timeout;
    if (deadline_) when = std::min(when, *deadline_);
    lowest(stream_).expires_at(when);
  }

  Client& client_;
  Url url_;
  Deadline deadline_;
  Stream stream_;
  beast::flat_buffer buffer_;
  http::response_parser<http::buffer_body> parser_;
  std::optional<std::uint64_t> left_;
};

bool is_address(const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  return !not_an_address;
}

asio::awaitable<void> handshake(const Url& url, beast::ssl_stream<beast::tcp_stream>& stream) {
  const std::string& host = url.origin().host;
  SSL* const handle = stream.native_handle();
  // RFC 6066 section 3: a server name is never an address.
  if (!is_address(host)) SSL_set_tlsext_host_name(handle, host.c_str());
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_set_alpn_protos(handle, kHttp11, sizeof kHttp11 - 1);
  stream.set_verify_callback(asio::ssl::host_name_verification(host));
  auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAsTuple);
  if (!error) co_return;
  const long verdict = SSL_get_verify_result(handle);
  if (is_tls_failure(error) && verdict != X509_V_OK) {
    throw Error(errc::certificate_rejected,
                url.redacted() + ": the certificate of " + host +
                    " is not trusted: " + X509_verify_cert_error_string(verdict));
  }
  if (is_tls_failure(error) && ERR_GET_REASON(static_cast<std::uint32_t>(error.value())) ==
                                   SSL_R_CERTIFICATE_VERIFY_FAILED) {
    throw Error(errc::certificate_rejected,
                url.redacted() + ": the certificate that came is not one for " + host);
  }
  throw failure(url, "TLS handshake", error);
}

}  // namespace

asio::awaitable<std::unique_ptr<Connection>> Connection::open(Client& client, Url url,
                                                              Deadline deadline) {
  const Origin& origin = url.origin();
  auto expire_after = [&](beast::tcp_stream& stream) {
    auto when = std::chrono::steady_clock::now() + client.options().connect_timeout();
    stream.expires_at(deadline ? std::min(when, *deadline) : when);
  };

  asio::ip::tcp::resolver resolver(client.executor());
  auto [resolve_error, addresses] =
      co_await resolver.async_resolve(origin.host, std::to_string(origin.port), kAsTuple);
  if (resolve_error) throw failure(url, "looking up " + origin.host, resolve_error);

  beast::tcp_stream stream(client.executor());
  error_code connect_error;
  for (const auto& address : addresses) {
    expire_after(stream);
    auto [error] = co_await stream.async_connect(address.endpoint(), kAsTuple);
    connect_error = error;
    if (!error || error == asio::error::operation_aborted) break;
  }
  if (connect_error) throw failure(url, "connecting to " + url.host_header(), connect_error);
  stream.socket().set_option(asio::ip::tcp::no_delay(true));

  if (!origin.is_secure()) {
    co_return std::make_unique<HttpConnection<beast::tcp_stream>>(client, url, deadline,
                                                                  std::move(stream));
  }
  beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), client.tls());
  co_await handshake(url, secure);
  co_return std::make_unique<HttpConnection<beast::ssl_stream<beast::tcp_stream>>>(
      client, url, deadline, std::move(secure));
}

}  // namespace torchhub::net::detail
