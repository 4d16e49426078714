#ifndef TORCHHUB_NET_DETAIL_CLIENT_CLIENT_STATE_H_
#define TORCHHUB_NET_DETAIL_CLIENT_CLIENT_STATE_H_
// What the downloads of one client share, behind net::Client. Touched on its strand only.

#include <torchhub/net/client_options.h>
#include <torchhub/net/detail/http/connection.h>
#include <torchhub/net/detail/stream/resolve.h>
#include <torchhub/net/detail/stream/signal.h>
#include <torchhub/net/detail/tls/tls_context.h>
#include <torchhub/net/downloader_config.h>
#include <torchhub/net/netrc.h>
#include <torchhub/net/proxy.h>
#include <torchhub/net/rate_limit.h>
#include <torchhub/net/retry.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace torchhub::net::detail {

/// What was learnt of a server: scheme, host and port.
struct OriginState {
  explicit OriginState(const Strand& strand) : freed(strand) {}

  std::vector<boost::asio::ip::tcp::endpoint> addresses;
  Time addresses_until{};
  std::size_t next_address = 0;
  Time paused_until{};            ///< it asked to be left alone
  bool ignores_if_range = false;  ///< answers If-Range with the whole, though nothing changed
  unsigned faults = 0;            ///< answers to ranges that did not fit
  RetryBudget retries;
  std::vector<std::unique_ptr<Connection>> idle;
  unsigned connections = 0;              ///< in use
  std::multiset<std::uint64_t> waiting;  ///< downloads that wait for a connection, by their order
  Signal freed;                          ///< a connection is in use no more
};

class ClientState {
 public:
  ClientState(const boost::asio::any_io_executor& executor, ClientOptions client_options)
      : strand(boost::asio::make_strand(executor)),
        options(std::move(client_options)),
        wanted_limit(options.rate_limit()) {}

  OriginState& origin(const Url& url) {
    const Origin& key = url.origin();
    return origins_
        .try_emplace(key.scheme + "://" + key.host + ':' + std::to_string(key.port), strand)
        .first->second;
  }

  bool has_tls() const { return tls_ != nullptr; }
  TlsContext& tls() {
    if (!tls_) tls_ = std::make_unique<TlsContext>();
    return *tls_;
  }
  const ProxyRules& proxies() {
    if (!proxies_)
      proxies_ = options.proxies() ? *options.proxies() : ProxyRules::from_environment();
    return *proxies_;
  }
  const DownloaderConfig& downloader_config() {
    if (!config_) {
      config_ = options.downloader_config() ? *options.downloader_config()
                                            : DownloaderConfig::from_environment();
    }
    return *config_;
  }
  const Netrc& netrc() {
    if (!netrc_) netrc_ = options.netrc() ? *options.netrc() : Netrc::from_environment();
    return *netrc_;
  }
  /// Where files are written and flushed and digests computed: a download has one task of each kind.
  boost::asio::thread_pool& threads() {
    if (!threads_) {
      threads_ = std::make_unique<boost::asio::thread_pool>(
          std::clamp(std::thread::hardware_concurrency(), 3U, 8U));
    }
    return *threads_;
  }

  double random() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  Strand strand;
  const ClientOptions options;
  Resolver resolver;
  RateLimit limit;
  std::atomic<std::uint64_t> wanted_limit;  ///< what `limit` is to become; set from any thread
  std::uint64_t next_download = 0;

 private:
  std::map<std::string, OriginState> origins_;
  std::unique_ptr<TlsContext> tls_;
  std::optional<ProxyRules> proxies_;
  std::optional<DownloaderConfig> config_;
  std::optional<Netrc> netrc_;
  std::mt19937_64 random_{std::random_device()()};
  std::unique_ptr<boost::asio::thread_pool> threads_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CLIENT_CLIENT_STATE_H_
