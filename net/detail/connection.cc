#include <torchhub/net/detail/chunk_decoder.h>
#include <torchhub/net/detail/connection.h>
#include <torchhub/net/detail/head_parser.h>

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

// What came and was not used yet.
class ReadBuffer {
 public:
  ReadBuffer() = default;

  bool is_empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::span<const std::byte> bytes() const { return std::span(bytes_).subspan(begin_, size()); }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()) + begin_, size()};
  }
  void drop(std::size_t count) { begin_ += count; }

  /// Room for `count` more, of which add() then counts those that came.
  std::span<std::byte> room(std::size_t count) {
    if (begin_ > 0) {
      std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
                bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
      end_ -= std::exchange(begin_, 0);
    }
    if (bytes_.size() < end_ + count) bytes_.resize(end_ + count);
    return std::span(bytes_).subspan(end_, count);
  }
  void add(std::size_t count) { end_ += count; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

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

Error failure_at(const Url& url, const std::string& step, error_code code,
                 const std::string& reason) {
  const std::string where = url.redacted() + ": " + step + ": ";
  if (code == errc::timed_out) return Error(code, where + "no answer in time");
  if (code == errc::certificate_rejected) return Error(code, url.redacted() + ": " + reason);
  if (code == asio::error::eof || code == errc::truncated)
    return Error(errc::truncated, where + "the server closed the connection too early");
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
  HeadRead read = co_await read_head(*stream_, now.buffer, Asked::content);
  if (read.error) {
    close();
    throw read.flaw ? flaw_of(*now.url, *read.flaw)
                    : failure_at(*now.url, "waiting for the answer", read.error);
  }
  now.left = read.parsed.head.content_length;
  now.chunks.reset();
  if (read.parsed.framing == Framing::chunked) now.chunks.emplace();
  now.may_be_kept = read.parsed.keeps_connection;
  now.has_ended = now.left == 0;
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
  } else if (exchange_->chunks) {
    got = co_await read_chunked(buffer);
  } else {
    got = co_await read_to_close(buffer);
  }
  co_return got;
}

// What the head's reads brought along, else what the stream has.
asio::awaitable<std::size_t> Connection::read_plain(std::span<std::byte> buffer) {
  Exchange& now = *exchange_;
  const std::size_t at_hand = std::min(buffer.size(), now.buffer.size());
  if (at_hand > 0) {
    std::memcpy(buffer.data(), now.buffer.bytes().data(), at_hand);
    now.buffer.drop(at_hand);
    co_return at_hand;
  }
  const ReadResult read = co_await stream_->read_some(buffer);
  if (read.error == asio::error::eof && !now.left && !now.chunks) co_return 0;
  if (read.error) {
    close();
    throw failure_at(*now.url, "receiving the body", read.error);
  }
  co_return read.bytes;
}

asio::awaitable<std::size_t> Connection::read_measured(std::span<std::byte> buffer) {
  Exchange& now = *exchange_;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(*now.left, buffer.size()));
  const std::size_t got = co_await read_plain(buffer.first(wanted));
  *now.left -= got;
  now.has_ended = *now.left == 0;
  co_return got;
}

asio::awaitable<std::size_t> Connection::read_to_close(std::span<std::byte> buffer) {
  const std::size_t got = co_await read_plain(buffer);
  exchange_->has_ended = got == 0;
  co_return got;
}

asio::awaitable<std::size_t> Connection::read_chunked(std::span<std::byte> buffer) {
  Exchange& now = *exchange_;
  for (;;) {
    const auto step = now.chunks->decode(now.buffer.bytes(), buffer);
    if (!step) {
      close();
      throw flaw_of(*now.url, step.error());
    }
    now.buffer.drop(step->used);
    now.has_ended = now.chunks->is_done();
    if (step->given > 0 || now.has_ended) co_return step->given;
    const ReadResult read = co_await stream_->read_some(now.buffer.room(kBodyReadBytes));
    if (read.error) {
      close();
      throw failure_at(*now.url, "receiving the body", read.error);
    }
    now.buffer.add(read.bytes);
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
