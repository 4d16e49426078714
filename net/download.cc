#include <torchhub/net/detail/connection.h>
#include <torchhub/net/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/fetch.h>
#include <torchhub/net/memory_sink.h>
#include <torchhub/net/no_digest.h>
#include <torchhub/net/redirect.h>
#include <torchhub/net/url.h>

#include <memory>

namespace torchhub::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
constexpr std::chrono::milliseconds kProgressBeat{100};

// The answer to a request: its connection stands at the first byte of the body.
struct Exchange {
  Exchange() = default;

  std::optional<Url> url;
  ResponseHead head;
  std::unique_ptr<detail::Connection> connection;
};

Url parse_or_throw(const std::string& text) {
  auto url = Url::parse(text);
  if (!url) {
    throw Error(url.error(), "\"" + redact_url(text) +
                                 "\" is not a URL that can be fetched: " + url.error().message());
  }
  return *url;
}

// Asks for `first` and follows redirects to an answer that is none.
asio::awaitable<Exchange> request(Client& client, Url first, const DownloadOptions& options) {
  const detail::Deadline deadline =
      options.deadline() ? detail::Deadline(std::chrono::steady_clock::now() + *options.deadline())
                         : std::nullopt;
  Exchange exchange;
  exchange.url = first;
  for (unsigned redirects = 0;; ++redirects) {
    std::vector<Header> headers = options.headers();
    if (may_see_secrets(first, *exchange.url)) {
      headers.insert(headers.end(), options.secret_headers().begin(),
                     options.secret_headers().end());
    }
    exchange.connection = co_await detail::Connection::open(client, *exchange.url, deadline);
    exchange.head = co_await exchange.connection->get(std::move(headers));
    if (!is_redirect(exchange.head.status)) co_return exchange;
    if (redirects == client.options().max_redirects()) {
      throw Error(errc::too_many_redirects, first.redacted() + ": redirected more than " +
                                                std::to_string(client.options().max_redirects()) +
                                                " times");
    }
    const auto target = redirect_target(*exchange.url, exchange.head);
    if (!target) {
      throw Error(target.error(), exchange.url->redacted() + ": redirects to \"" +
                                      redact_url(exchange.head.find("location").value_or("")) +
                                      "\": " + target.error().message());
    }
    exchange.url = *target;
  }
}

// Hands the body on, piece by piece, and returns its length.
asio::awaitable<std::uint64_t> receive(Exchange& exchange, const detail::BodyConsumer& consumer,
                                       const DownloadOptions& options) {
  Progress progress;
  progress.total = exchange.head.content_length;
  const auto check_size = [&](std::uint64_t bytes) {
    if (bytes <= options.max_bytes()) return;
    throw Error(errc::too_large, exchange.url->redacted() + ": the body is larger than the " +
                                     std::to_string(options.max_bytes()) +
                                     " bytes that were allowed");
  };
  check_size(progress.total.value_or(0));
  if (progress.total) consumer.size_hint(*progress.total);

  std::vector<std::byte> piece(kPieceBytes);
  auto last_told = std::chrono::steady_clock::now();
  for (;;) {
    const std::size_t got = co_await exchange.connection->read_body(piece);
    if (got == 0) break;
    check_size(progress.bytes + got);
    consumer.consume(progress.bytes, std::span<const std::byte>(piece).first(got));
    progress.bytes += got;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_told >= kProgressBeat) {
      options.observer().on_progress(progress);
      last_told = now;
    }
  }
  options.observer().on_progress(progress);
  co_return progress.bytes;
}

}  // namespace

asio::awaitable<Received> detail::download(Client& client, std::string url, BodyConsumer consumer,
                                           DownloadOptions options) {
  Exchange exchange = co_await request(client, parse_or_throw(url), options);
  const ResponseHead& head = exchange.head;
  if (head.status != 200) {
    const errc code = head.status >= 300 ? errc_of_status(head.status) : errc::bad_response;
    throw Error(code, exchange.url->redacted() + ": the server answered " +
                          std::to_string(head.status) + " " + head.reason);
  }
  Received received;
  received.url = exchange.url->text();
  received.bytes = co_await receive(exchange, consumer, options);
  co_return received;
}

asio::awaitable<Answer> async_fetch(Client& client, std::string url, DownloadOptions options) {
  options.max_bytes(std::min(options.max_bytes(), kMaxAnswerBytes));
  Exchange exchange = co_await request(client, parse_or_throw(url), options);
  MemorySink sink;
  NoDigest digest;
  detail::BodyConsumer consumer(sink, digest);
  co_await receive(exchange, consumer, options);
  Answer answer;
  answer.url = exchange.url->redacted();
  answer.head = std::move(exchange.head);
  answer.body = sink.text();
  co_return answer;
}

}  // namespace torchhub::net
