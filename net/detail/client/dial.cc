#include <torchhub/net/detail/client/dial.h>
#include <torchhub/net/detail/stream/tcp_stream.h>
#include <torchhub/net/detail/tls/tls_stream.h>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <sstream>

namespace torchhub::net::detail {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::minutes kAddressesKept{1};
// An address that does not answer is not to use up the time of the others.
constexpr std::chrono::seconds kFirstAddresses{2};

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

// A TCP connection to one of the addresses of `to`, the next one each time. `url` is what for.
asio::awaitable<std::unique_ptr<Stream>> connect(ClientState& client, const Url& to, const Url& url,
                                                 Time deadline) {
  OriginState& origin = client.origin(to);
  const auto start = std::chrono::steady_clock::now();
  const Time limit = std::min(deadline, start + client.options.connect_timeout());
  if (origin.addresses.empty() || start >= origin.addresses_until) {
    const Addresses found =
        co_await client.resolver.resolve(client.strand, to.origin().host, to.origin().port, limit);
    if (found.error) throw failure_at(url, "looking up " + to.origin().host, found.error);
    origin.addresses = found.endpoints;
    origin.addresses_until = start + kAddressesKept;
  }
  const auto addresses = origin.addresses;
  const std::size_t first = origin.next_address++;
  std::string reasons;
  error_code last;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto& address = addresses[(first + i) % addresses.size()];
    auto stream = std::make_unique<TcpStream>(client.strand);
    const auto now = std::chrono::steady_clock::now();
    const bool is_last = i + 1 == addresses.size();
    stream->expire_at(is_last ? std::max(limit, std::min(deadline, now + kFirstAddresses))
                              : std::min(limit, now + kFirstAddresses));
    last = co_await stream->connect(address);
    if (!last) co_return stream;
    if (last == asio::error::operation_aborted) break;
    const std::string reason = last == errc::timed_out ? "no answer in time" : last.message();
    reasons += (reasons.empty() ? "" : "; ") + text_of(address) + ": " + reason;
  }
  origin.addresses.clear();
  throw failure_at(url, "connecting to " + to.host_header(), last,
                   addresses.size() > 1 ? reasons : "");
}

asio::awaitable<std::unique_ptr<Stream>> secure(ClientState& client, const Url& to, const Url& url,
                                                std::unique_ptr<Stream> below) {
  auto stream = std::make_unique<TlsStream>(std::move(below), client.tls(), to.origin().host,
                                            to.host_header());
  const TlsStream::Handshake shaken = co_await stream->handshake();
  if (shaken.error) throw failure_at(url, "TLS handshake", shaken.error, shaken.reason);
  co_return stream;
}

}  // namespace

asio::awaitable<std::unique_ptr<Connection>> dial(ClientState& client, Url url, Time deadline) {
  const std::optional<Url> proxy = client.proxies().proxy_for(url);
  const Url first = proxy ? *proxy : url;
  std::unique_ptr<Stream> stream = co_await connect(client, first, url, deadline);
  stream->expire_at(
      std::min(deadline, std::chrono::steady_clock::now() + client.options.connect_timeout()));
  if (proxy && proxy->origin().is_secure())
    stream = co_await secure(client, *proxy, url, std::move(stream));
  if (proxy && url.origin().is_secure()) co_await open_tunnel(*stream, *proxy, url);
  if (url.origin().is_secure()) stream = co_await secure(client, url, url, std::move(stream));
  const bool is_forwarded = proxy && !url.origin().is_secure();
  auto connection = std::make_unique<Connection>(std::move(stream), client.options,
                                                 is_forwarded ? proxy : std::nullopt);
  connection->set_deadline(deadline);
  co_return connection;
}

}  // namespace torchhub::net::detail
