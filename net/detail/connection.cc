#include <torchhub/net/detail/connection.h>

#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <openssl/base64.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::flat_buffer;
using boost::system::error_code;
using Parser = http::response_parser<http::buffer_body>;

constexpr std::size_t kHeadReadBytes = std::size_t{16} << 10;
constexpr std::size_t kBodyReadBytes = std::size_t{64} << 10;
constexpr std::size_t kSentAtOnce = std::size_t{256} << 10;
constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;
constexpr unsigned kMaxInformationalAnswers = 20;

// A user's header may not smuggle in another one (RFC 9112 section 11.1).
bool is_sound(const Header& header) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return !header.name.empty() && header.name.find_first_of(": \t\r\n") == header.name.npos &&
         header.value.find_first_of(kBreaks) == header.value.npos;
}

void set(std::vector<Header>& headers, std::string name, std::string value) {
  const auto same = [&](const Header& header) { return is_same_name(header.name, name); };
  if (std::none_of(headers.begin(), headers.end(), same))
    headers.push_back(Header{std::move(name), std::move(value)});
}

std::string request_text(const std::string& method, const std::string& target,
                         const std::vector<Header>& headers) {
  std::string text = method + ' ' + target + " HTTP/1.1\r\n";
  for (const Header& header : headers) text += header.name + ": " + header.value + "\r\n";
  return text + "\r\n";
}

struct HeadRead {
  HeadRead() = default;
  error_code error;
  ResponseHead head;
  bool is_silent = false;  // the connection ended before the first byte of an answer
};

// Reads the head of an answer, those of 1xx skipped; what came along of the body stays in `buffer`.
asio::awaitable<HeadRead> read_head(Stream& stream, flat_buffer& buffer,
                                    std::optional<Parser>& parser) {
  HeadRead result;
  for (unsigned answers = 0; answers < kMaxInformationalAnswers; ++answers) {
    parser.emplace();
    parser->header_limit(kMaxHeaderBytes);
    parser->body_limit(boost::none);
    while (!parser->is_header_done()) {
      error_code error;
      if (buffer.size() > 0) {
        const std::size_t used = parser->put(buffer.data(), error);
        buffer.consume(used);
        if (error && error != http::error::need_more) {
          result.error = error;
          co_return result;
        }
        if (parser->is_header_done()) break;
      }
      const auto room = buffer.prepare(kHeadReadBytes);
      const ReadResult read =
          co_await stream.read_some(std::span(static_cast<std::byte*>(room.data()), room.size()));
      if (read.error) {
        result.error = read.error;
        result.is_silent = answers == 0 && buffer.size() == 0 && !parser->got_some();
        co_return result;
      }
      buffer.commit(read.bytes);
    }
    const auto& message = parser->get();
    if (message.result_int() / 100 == 1 && message.result_int() != 101) continue;
    result.head.status = message.result_int();
    result.head.reason = std::string(message.reason());
    for (const auto& field : message) {
      Header header{std::string(field.name_string()), std::string(field.value())};
      result.head.headers.push_back(std::move(header));
    }
    if (const auto length = parser->content_length()) result.head.content_length = *length;
    co_return result;
  }
  result.error = http::error::bad_status;
  co_return result;
}

}  // namespace

Error failure_at(const Url& url, const std::string& step, error_code code,
                 const std::string& reason) {
  const std::string where = url.redacted() + ": " + step + ": ";
  if (code == errc::timed_out) return Error(code, where + "no answer in time");
  if (code == errc::certificate_rejected) return Error(code, url.redacted() + ": " + reason);
  if (code == http::error::partial_message || code == http::error::end_of_stream ||
      code == asio::error::eof || code == errc::truncated) {
    return Error(errc::truncated, where + "the server closed the connection too early");
  }
  // The parser's errors are Beast's; what an HTTP server would not send is not HTTP.
  if (code.category() == http::make_error_code(http::error::bad_version).category()) {
    return Error(errc::bad_response,
                 url.redacted() + ": the answer is not HTTP that can be read: " + code.message());
  }
  return Error(code, where + (reason.empty() ? code.message() : reason));
}

std::string basic_authorization(const std::string& credentials) {
  std::size_t length = 0;
  EVP_EncodedLength(&length, credentials.size());
  std::string encoded(length, '\0');
  encoded.resize(EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(encoded.data()),
                                 reinterpret_cast<const std::uint8_t*>(credentials.data()),
                                 credentials.size()));
  return "Basic " + encoded;
}

asio::awaitable<void> open_tunnel(Stream& stream, const Url& proxy, const Url& url) {
  const Origin& origin = url.origin();
  const bool is_v6 = origin.host.find(':') != origin.host.npos;
  const std::string target =
      (is_v6 ? '[' + origin.host + ']' : origin.host) + ':' + std::to_string(origin.port);
  std::vector<Header> headers{{"Host", target}};
  if (!proxy.credentials().empty())
    headers.push_back({"Proxy-Authorization", basic_authorization(proxy.credentials())});
  const std::string request = request_text("CONNECT", target, headers);
  const std::string step = "asking the proxy " + proxy.host_header() + " for a connection";
  if (const error_code error = co_await stream.write(std::as_bytes(std::span(request))))
    throw failure_at(url, step, error);
  flat_buffer buffer;
  std::optional<Parser> parser;
  const HeadRead read = co_await read_head(stream, buffer, parser);
  if (read.error) throw failure_at(url, step, read.error);
  const unsigned status = read.head.status;
  if (status / 100 == 2) co_return;
  const std::string sentence = url.redacted() + ": the proxy " + proxy.host_header() +
                               " answered " + std::to_string(status) + " " + read.head.reason;
  throw Error(status >= 500 ? errc::bad_response : errc::proxy_refused, sentence);
}

struct Connection::Exchange {
  flat_buffer buffer;
  std::optional<Parser> parser;
  std::optional<Url> url;
  std::optional<std::uint64_t> left;  // of a body whose length is known
  bool is_open = true;
  bool has_ended = true;  // the body
  bool may_be_kept = false;
};

Connection::Connection(std::unique_ptr<Stream> stream, const ClientOptions& options,
                       std::optional<Url> via_proxy)
    : stream_(std::move(stream)),
      options_(options),
      via_proxy_(std::move(via_proxy)),
      exchange_(std::make_unique<Exchange>()) {}

Connection::~Connection() = default;

void Connection::set_deadline(Time deadline) { deadline_ = deadline; }

asio::awaitable<void> Connection::send_head(std::string method, std::vector<Header> headers) {
  Exchange& now = *exchange_;
  const Url& url = *now.url;
  now.has_ended = false;
  now.may_be_kept = false;
  std::string target = url.target();
  set(headers, "Host", url.host_header());
  set(headers, "User-Agent", options_.user_agent());
  set(headers, "Accept", "*/*");
  set(headers, "Accept-Encoding", "identity");
  if (via_proxy_) {
    target = url.text();
    if (!via_proxy_->credentials().empty())
      set(headers, "Proxy-Authorization", basic_authorization(via_proxy_->credentials()));
  }
  for (const Header& header : headers) {
    if (!is_sound(header)) {
      throw Error(errc::invalid_url, url.redacted() + ": the header \"" + header.name +
                                         "\" has a name or value that HTTP does not allow");
    }
  }
  const std::string request = request_text(method, target, headers);
  expire_after(options_.header_timeout());
  if (const error_code error = co_await stream_->write(std::as_bytes(std::span(request)))) {
    close();
    throw failure_at(url, "sending the request", error);
  }
}

asio::awaitable<void> Connection::send_body(const UploadBody& body) {
  std::vector<std::byte> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(kSentAtOnce, body.bytes)));
  for (std::uint64_t at = 0; at < body.bytes;) {
    const auto bytes = std::span(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), body.bytes - at)));
    body.read_at(at, bytes);
    expire_after(options_.stall_timeout());
    if (const error_code error = co_await stream_->write(bytes)) {
      close();
      throw failure_at(*exchange_->url, "sending the body", error);
    }
    at += bytes.size();
  }
  expire_after(options_.header_timeout());
}

asio::awaitable<ResponseHead> Connection::receive_head() {
  Exchange& now = *exchange_;
  HeadRead read = co_await read_head(*stream_, now.buffer, now.parser);
  if (read.error) {
    close();
    throw failure_at(*now.url, "waiting for the answer", read.error);
  }
  now.left = read.head.content_length;
  now.may_be_kept = now.parser->keep_alive();
  // 204 and 304 have no body, whatever their headers say (RFC 9110 section 6.4.1).
  now.has_ended = now.parser->is_done() || now.left == 0;
  if (now.has_ended) now.left = 0;
  co_return std::move(read.head);
}

asio::awaitable<ResponseHead> Connection::get(Url url, std::vector<Header> headers) {
  exchange_->url = std::move(url);
  co_await send_head("GET", std::move(headers));
  co_return co_await receive_head();
}

asio::awaitable<ResponseHead> Connection::put(Url url, std::vector<Header> headers,
                                              UploadBody body) {
  exchange_->url = std::move(url);
  set(headers, "Content-Length", std::to_string(body.bytes));
  co_await send_head("PUT", std::move(headers));
  co_await send_body(body);
  co_return co_await receive_head();
}

asio::awaitable<std::size_t> Connection::read_body(std::span<std::byte> buffer) {
  if (exchange_->has_ended) co_return 0;
  expire_after(options_.stall_timeout());
  std::size_t got = 0;
  if (exchange_->left) {
    got = co_await read_measured(buffer);
  } else {
    got = co_await read_parsed(buffer);
  }
  co_return got;
}

asio::awaitable<std::size_t> Connection::read_measured(std::span<std::byte> buffer) {
  Exchange& now = *exchange_;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(*now.left, buffer.size()));
  std::size_t got = std::min(wanted, now.buffer.size());
  if (got > 0) {
    // What the head's reads brought along.
    std::memcpy(buffer.data(), now.buffer.data().data(), got);
    now.buffer.consume(got);
  } else {
    const ReadResult read = co_await stream_->read_some(buffer.first(wanted));
    if (read.error) {
      close();
      throw failure_at(*now.url, "receiving the body", read.error);
    }
    got = read.bytes;
  }
  *now.left -= got;
  now.has_ended = *now.left == 0;
  co_return got;
}

asio::awaitable<std::size_t> Connection::read_parsed(std::span<std::byte> buffer) {
  Exchange& now = *exchange_;
  Parser& parser = *now.parser;
  for (;;) {
    parser.get().body().data = buffer.data();
    parser.get().body().size = buffer.size();
    parser.get().body().more = true;
    error_code error;
    if (now.buffer.size() > 0) {
      // One piece a call: a chunk's header, a part of its body, or the end.
      const std::size_t used = parser.put(now.buffer.data(), error);
      now.buffer.consume(used);
      // need_buffer: the piece is full, the body goes on.
      if (error && error != http::error::need_more && error != http::error::need_buffer) {
        close();
        throw failure_at(*now.url, "receiving the body", error);
      }
      now.has_ended = parser.is_done();
      const std::size_t got = buffer.size() - parser.get().body().size;
      if (got > 0 || now.has_ended) co_return got;
      if (used > 0) continue;
    }
    const auto room = now.buffer.prepare(kBodyReadBytes);
    const ReadResult read =
        co_await stream_->read_some(std::span(static_cast<std::byte*>(room.data()), room.size()));
    if (read.error == asio::error::eof) {
      parser.put_eof(error);
      now.has_ended = !error;
      now.may_be_kept = false;
      if (!error) co_return 0;
    }
    if (read.error) {
      close();
      throw failure_at(*now.url, "receiving the body", read.error);
    }
    now.buffer.commit(read.bytes);
  }
}

bool Connection::is_reusable() const {
  return exchange_->is_open && exchange_->has_ended && exchange_->may_be_kept &&
         exchange_->buffer.size() == 0;
}

void Connection::close() {
  exchange_->is_open = false;
  stream_->close();
}

bool Connection::is_open() const { return exchange_->is_open; }

void Connection::rest() {
  deadline_ = Time::max();
  resting_since_ = std::chrono::steady_clock::now();
  stream_->expire_at(Time::max());
}

void Connection::expire_after(std::chrono::steady_clock::duration timeout) {
  stream_->expire_at(std::min(std::chrono::steady_clock::now() + timeout, deadline_));
}

}  // namespace torchhub::net::detail
