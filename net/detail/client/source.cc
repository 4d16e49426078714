#include <torchhub/net/detail/client/dial.h>
#include <torchhub/net/detail/client/source.h>
#include <torchhub/net/detail/scope_exit.h>
#include <torchhub/net/redirect.h>
#include <torchhub/net/refusal.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kKeptIdle{30};
// After so many links that bring nothing in a row, what the last one answers counts.
constexpr unsigned kMaxUselessLinks = 2;
// Reading more than this of a body that is of no use costs more than a new connection.
constexpr std::uint64_t kMaxDrain = std::uint64_t{64} << 10;

// An idle connection to the origin, if there is one that is still open.
std::unique_ptr<Connection> take_idle(OriginState& origin) {
  while (!origin.idle.empty()) {
    std::unique_ptr<Connection> connection = std::move(origin.idle.back());
    origin.idle.pop_back();
    if (connection->is_open() && steady_clock::now() - connection->resting_since() < kKeptIdle)
      return connection;
  }
  return nullptr;
}

asio::awaitable<void> drain(const ClientOptions& options, OpenAnswer& answer) {
  if (answer.head.content_length.value_or(kMaxDrain + 1) > kMaxDrain) co_return;
  std::vector<std::byte> buffer(kMaxDrain);
  for (std::size_t got = 1; got > 0;) {
    const Time before = steady_clock::now();
    got = co_await answer.connection->read_body(buffer);
    judge_rate(options, answer, got, steady_clock::now() - before);
  }
}

std::shared_ptr<const Refusal> refusal_of(const OpenAnswer& answer) {
  auto refusal = std::make_shared<Refusal>();
  refusal->head = answer.head;
  return refusal;
}

}  // namespace

void judge_rate(const ClientOptions& options, OpenAnswer& answer, std::size_t bytes,
                steady_clock::duration waited) {
  if (bytes == 0 || answer.least_rate.add(bytes, waited)) return;
  answer.connection->close();
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.least_rate_over()).count();
  throw Error(errc::too_slow, answer.url->redacted() + ": receiving the body: less than " +
                                  std::to_string(options.least_rate()) +
                                  " bytes a second came for " + std::to_string(seconds) + " s");
}

Lease::Lease(std::shared_ptr<ClientState> client, OriginState& origin)
    : client_(std::move(client)), origin_(&origin) {
  ++origin_->connections;
}

Lease::Lease(Lease&& other) noexcept
    : client_(std::move(other.client_)), origin_(std::exchange(other.origin_, nullptr)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  std::swap(client_, other.client_);
  std::swap(origin_, other.origin_);
  return *this;
}

void Lease::release() {
  if (!origin_) return;
  --origin_->connections;
  // All that wait look, and the oldest takes it.
  origin_->freed.notify();
  origin_ = nullptr;
}

void give_back(ClientState& client, OpenAnswer& answer) {
  if (answer.connection && answer.connection->is_reusable()) {
    answer.connection->rest();
    client.origin(*answer.url).idle.push_back(std::move(answer.connection));
  }
  answer.connection.reset();
  answer.lease.release();
}

Source::Source(std::shared_ptr<ClientState> client, Url meant, Url first,
               const DownloadOptions& options, std::uint64_t order, Time deadline)
    : client_(std::move(client)),
      meant_(std::move(meant)),
      first_(std::move(first)),
      current_(first_),
      options_(options),
      order_(order),
      deadline_(deadline),
      followed_(client_->strand) {}

bool Source::refresh(std::uint64_t link) {
  if (link != link_ || !is_followed_) return true;
  useless_links_ = has_link_worked_ ? 0 : useless_links_ + 1;
  if (useless_links_ >= kMaxUselessLinks) return false;
  is_followed_ = false;
  current_ = first_;
  was_redirected_ = false;
  return true;
}

asio::awaitable<void> Source::wait_for_pause() {
  const Time until = std::min(origin().paused_until, deadline_);
  if (until <= steady_clock::now()) co_return;
  asio::steady_timer timer(client_->strand, until);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<Lease> Source::lease(OriginState& origin) {
  const unsigned limit =
      std::max(client_->options.connections_per_server(), options_.connections());
  const auto may_go = [&] {
    return origin.connections < limit &&
           (origin.waiting.empty() || *origin.waiting.begin() >= order_);
  };
  if (!may_go()) {
    const auto place = origin.waiting.insert(order_);
    const ScopeExit leave([&] { origin.waiting.erase(place); });
    while (!may_go()) {
      if (steady_clock::now() >= deadline_)
        throw failure_at(current_, "waiting for a free connection",
                         make_error_code(errc::timed_out));
      co_await origin.freed.wait(deadline_);
    }
  }
  co_return Lease(client_, origin);
}

std::vector<Header> Source::headers_for(const Url& url, std::optional<Range> range,
                                        const std::string& if_range) const {
  std::vector<Header> headers = options_.headers();
  if (may_see_secrets(meant_, url)) {
    headers.insert(headers.end(), options_.secret_headers().begin(),
                   options_.secret_headers().end());
  }
  const bool has_authorization =
      std::any_of(headers.begin(), headers.end(),
                  [](const Header& header) { return is_same_name(header.name, "authorization"); });
  // As with curl, a header that was asked for stands before a URL's password and .netrc.
  const std::string credentials = has_authorization ? "" : credentials_for(url);
  if (!credentials.empty()) headers.push_back({"Authorization", basic_authorization(credentials)});
  if (range) {
    headers.push_back(
        {"Range", "bytes=" + std::to_string(range->begin) + '-' + std::to_string(range->end - 1)});
    if (!if_range.empty()) headers.push_back({"If-Range", if_range});
  }
  return headers;
}

// "user:password" for a request to `url`, "" for none.
std::string Source::credentials_for(const Url& url) const {
  // A redirect within an origin keeps the credentials that its URL had (RFC 3986 section 5.3).
  std::string written = url.credentials().empty() && may_see_secrets(first_, url)
                            ? first_.credentials()
                            : url.credentials();
  const std::size_t colon = written.find(':');
  const bool has_password = colon != written.npos && colon + 1 < written.size();
  if (has_password || !options_.netrc()) return written;
  // .netrc knows machines, no ports and no schemes: of one machine only the URL's own origin gets
  // its password. A mirror on another machine may have an entry of its own; who is redirected
  // somewhere did not name that machine.
  const bool is_own = may_see_secrets(meant_, url);
  const bool is_mirror = may_see_secrets(first_, url) && url.origin().host != meant_.origin().host;
  if (!is_own && !is_mirror) return written;
  const auto found = client_->netrc().credentials_for(
      url.origin().host, std::string_view(written).substr(0, colon),
      is_own ? Netrc::Default::applies : Netrc::Default::is_left_out);
  return found.value_or(std::move(written));
}

// Sends the request over an idle connection, or a new one.
asio::awaitable<void> Source::send(OpenAnswer& answer, std::vector<Header> headers,
                                   Connection** in_use) {
  const Url url = *answer.url;
  OriginState& origin = client_->origin(url);
  // Cleared however this ends: the connection is the answer's, or gone.
  const ScopeExit hide([&] { *in_use = nullptr; });
  answer.connection = take_idle(origin);
  if (answer.connection) {
    answer.connection->set_deadline(deadline_);
    *in_use = answer.connection.get();
    const Time start = steady_clock::now();
    try {
      answer.head = co_await answer.connection->get(url, headers);
      answer.latency = std::chrono::duration<double>(steady_clock::now() - start).count();
      co_return;
    } catch (const Error& error) {
      // A server may close an idle connection just when it is used again (RFC 9112 section 9.3.1).
      if (error.code() == errc::timed_out ||
          error.code() == boost::system::errc::operation_canceled)
        throw;
    }
    *in_use = nullptr;
  }
  answer.connection = co_await dial(*client_, url, deadline_);
  *in_use = answer.connection.get();
  const Time start = steady_clock::now();
  answer.head = co_await answer.connection->get(url, std::move(headers));
  answer.latency = std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Where a redirect leads. `redirects`: those before it.
Url Source::redirected_to(const OpenAnswer& answer, unsigned redirects) const {
  if (redirects == client_->options.max_redirects()) {
    throw Error(errc::too_many_redirects,
                first_.redacted() + ": redirected more than " +
                    std::to_string(client_->options.max_redirects()) + " times, last to " +
                    answer.url->redacted(),
                refusal_of(answer));
  }
  const auto target = redirect_target(*answer.url, answer.head);
  if (!target) {
    throw Error(target.error(),
                answer.url->redacted() + ": redirects to \"" +
                    redact_url(answer.head.find("location").value_or("")) +
                    "\": " + target.error().message(),
                refusal_of(answer));
  }
  return *target;
}

asio::awaitable<OpenAnswer> Source::ask(std::optional<Range> range, std::string if_range,
                                        Connection** in_use) {
  while (is_following_) co_await followed_.wait();
  // The request that follows the redirects. The others go on when it ends, however it does.
  const bool is_first = !is_followed_;
  if (is_first) is_following_ = true;
  const ScopeExit let_go([&] {
    if (!is_first) return;
    is_following_ = false;
    followed_.notify();
  });
  const std::uint64_t link = link_;
  Url at = current_;
  bool was_redirected = was_redirected_;
  for (unsigned redirects = 0;; ++redirects) {
    OpenAnswer answer;
    answer.url = at;
    answer.least_rate =
        LeastRate(client_->options.least_rate(), client_->options.least_rate_over());
    std::vector<Header> headers = headers_for(at, range, if_range);
    answer.lease = co_await lease(client_->origin(at));
    co_await send(answer, std::move(headers), in_use);
    if (!is_redirect(answer.head.status)) {
      // Where the first URL itself fails, it does not tell where redirects end.
      const bool is_end = was_redirected || answer.head.is_success() || answer.head.status == 416;
      // Another request may have found a newer link meanwhile.
      if ((is_first || redirects > 0) && is_end && link == link_) {
        current_ = at;
        was_redirected_ = was_redirected;
        is_followed_ = true;
        has_link_worked_ = false;
        ++link_;
        answer.link = link_;
      } else {
        answer.link = link;
      }
      answer.was_redirected = was_redirected;
      if (answer.link == link_ && answer.head.is_success()) has_link_worked_ = true;
      co_return answer;
    }

    const Url target = redirected_to(answer, redirects);
    co_await drain(client_->options, answer);
    give_back(*client_, answer);
    at = client_->downloader_config().amend(target).front();
    was_redirected = true;
  }
}

}  // namespace torchhub::net::detail
