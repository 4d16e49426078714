#include <torchhub/net/detail/http/chunk_decoder.h>
#include <torchhub/net/detail/http/connection.h>
#include <torchhub/net/detail/http/head_parser.h>
#include <torchhub/net/detail/http/read_buffer.h>
#include <torchhub/net/detail/http/request_text.h>

#include <boost/asio/error.hpp>
#include <openssl/base64.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kHeadReadBytes = std::size_t{16} << 10;
constexpr std::size_t kBodyReadBytes = std::size_t{64} << 10;
constexpr std::size_t kSentAtOnce = std::size_t{256} << 10;
constexpr unsigned kMaxInformationalAnswers = 20;

struct HeadRead {
  HeadRead() = default;
  explicit HeadRead(error_code code) : error(code) {}
  explicit HeadRead(HttpFlaw found) : error(errc::bad_response), flaw(found) {}

  error_code error;
  std::optional<HttpFlaw> flaw;
  ParsedHead parsed;
};

// Reads the head of an answer, those of 1xx skipped; what came along of the body stays in `buffer`.
asio::awaitable<HeadRead> read_head(Stream& stream, ReadBuffer& buffer, Asked asked) {
  for (unsigned answers = 0; answers < kMaxInformationalAnswers; ++answers) {
    std::size_t length = 0;
    for (std::size_t seen = 0;;) {
      const auto end = find_head_end(buffer.text(), seen);
      if (!end) co_return HeadRead(end.error());
      if (*end) {
        length = **end;
        break;
      }
      seen = buffer.size();
      const ReadResult read = co_await stream.read_some(buffer.room(kHeadReadBytes));
      if (read.error) co_return HeadRead(read.error);
      buffer.add(read.bytes);
    }
    auto parsed = parse_head(buffer.text().substr(0, length), asked);
    if (!parsed) co_return HeadRead(parsed.error());
    buffer.drop(length);
    const unsigned status = parsed->head.status;
    if (status / 100 == 1 && status != 101) continue;
    HeadRead result;
    result.parsed = std::move(*parsed);
    co_return result;
  }
  co_return HeadRead(HttpFlaw::endless_informing);
}

Error flaw_of(const Url& url, HttpFlaw flaw) {
  return Error(errc::bad_response,
               url.redacted() + ": the answer is not HTTP that can be read: " + text_of(flaw));
}

}  // namespace

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
  ReadBuffer buffer;
  const HeadRead read = co_await read_head(stream, buffer, Asked::tunnel);
  if (read.flaw) {
    throw Error(errc::bad_response,
                url.redacted() + ": " + step +
                    ": its answer is not HTTP that can be read: " + text_of(*read.flaw));
  }
  if (read.error) throw failure_at(url, step, read.error);
  const ResponseHead& head = read.parsed.head;
  const unsigned status = head.status;
  if (status / 100 == 2) co_return;
  const std::string sentence = url.redacted() + ": the proxy " + proxy.host_header() +
                               " answered " + std::to_string(status) + " " + head.reason;
  throw Error(status >= 500 ? errc::bad_response : errc::proxy_refused, sentence);
}

struct Connection::Exchange {
  ReadBuffer buffer;
  std::optional<Url> url;
  std::optional<std::uint64_t> left;  // of a body whose length is known
  std::optional<ChunkDecoder>
      chunks;  // of one that is chunked; without both, it ends with the connection
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
  Exchange& exchange = *exchange_;
  const Url& url = *exchange.url;
  exchange.has_ended = false;
  exchange.may_be_kept = false;
  std::string target = url.target();
  set_if_missing(headers, "Host", url.host_header());
  set_if_missing(headers, "User-Agent", options_.user_agent());
  set_if_missing(headers, "Accept", "*/*");
  set_if_missing(headers, "Accept-Encoding", "identity");
  if (via_proxy_) {
    target = url.text();
    if (!via_proxy_->credentials().empty())
      set_if_missing(headers, "Proxy-Authorization",
                     basic_authorization(via_proxy_->credentials()));
  }
  for (const Header& header : headers) {
    if (!is_sound_header(header)) {
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
  Exchange& exchange = *exchange_;
  HeadRead read = co_await read_head(*stream_, exchange.buffer, Asked::content);
  if (read.error) {
    close();
    throw read.flaw ? flaw_of(*exchange.url, *read.flaw)
                    : failure_at(*exchange.url, "waiting for the answer", read.error);
  }
  exchange.left = read.parsed.head.content_length;
  exchange.chunks.reset();
  if (read.parsed.framing == Framing::chunked) exchange.chunks.emplace();
  exchange.may_be_kept = read.parsed.keeps_connection;
  exchange.has_ended = exchange.left == 0;
  co_return std::move(read.parsed.head);
}

asio::awaitable<ResponseHead> Connection::get(Url url, std::vector<Header> headers) {
  exchange_->url = std::move(url);
  co_await send_head("GET", std::move(headers));
  co_return co_await receive_head();
}

asio::awaitable<ResponseHead> Connection::put(Url url, std::vector<Header> headers,
                                              UploadBody body) {
  exchange_->url = std::move(url);
  set_if_missing(headers, "Content-Length", std::to_string(body.bytes));
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
  } else if (exchange_->chunks) {
    got = co_await read_chunked(buffer);
  } else {
    got = co_await read_to_close(buffer);
  }
  co_return got;
}

// What the head's reads brought along, else what the stream has.
asio::awaitable<std::size_t> Connection::read_plain(std::span<std::byte> buffer) {
  Exchange& exchange = *exchange_;
  const std::size_t at_hand = std::min(buffer.size(), exchange.buffer.size());
  if (at_hand > 0) {
    std::memcpy(buffer.data(), exchange.buffer.bytes().data(), at_hand);
    exchange.buffer.drop(at_hand);
    co_return at_hand;
  }
  const ReadResult read = co_await stream_->read_some(buffer);
  if (read.error == asio::error::eof && !exchange.left && !exchange.chunks) co_return 0;
  if (read.error) {
    close();
    throw failure_at(*exchange.url, "receiving the body", read.error);
  }
  co_return read.bytes;
}

asio::awaitable<std::size_t> Connection::read_measured(std::span<std::byte> buffer) {
  Exchange& exchange = *exchange_;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(*exchange.left, buffer.size()));
  const std::size_t got = co_await read_plain(buffer.first(wanted));
  *exchange.left -= got;
  exchange.has_ended = *exchange.left == 0;
  co_return got;
}

asio::awaitable<std::size_t> Connection::read_to_close(std::span<std::byte> buffer) {
  const std::size_t got = co_await read_plain(buffer);
  exchange_->has_ended = got == 0;
  co_return got;
}

asio::awaitable<std::size_t> Connection::read_chunked(std::span<std::byte> buffer) {
  Exchange& exchange = *exchange_;
  for (;;) {
    const auto step = exchange.chunks->decode(exchange.buffer.bytes(), buffer);
    if (!step) {
      close();
      throw flaw_of(*exchange.url, step.error());
    }
    exchange.buffer.drop(step->used);
    exchange.has_ended = exchange.chunks->is_done();
    if (step->given > 0 || exchange.has_ended) co_return step->given;
    const ReadResult read = co_await stream_->read_some(exchange.buffer.room(kBodyReadBytes));
    if (read.error) {
      close();
      throw failure_at(*exchange.url, "receiving the body", read.error);
    }
    exchange.buffer.add(read.bytes);
  }
}

bool Connection::is_reusable() const {
  return exchange_->is_open && exchange_->has_ended && exchange_->may_be_kept &&
         exchange_->buffer.is_empty();
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
