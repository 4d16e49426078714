#ifndef TORCHHUB_NET_CLIENT_OPTIONS_H_
#define TORCHHUB_NET_CLIENT_OPTIONS_H_
// How a net::Client treats servers.
//
//   net::ClientOptions options;
//   options.connect_timeout(3s).user_agent("my-program/1.0");

#include <torchhub/net/downloader_config.h>
#include <torchhub/net/netrc.h>
#include <torchhub/net/proxy.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace torchhub::net {

class ClientOptions {
 public:
  ClientOptions() = default;

  /// Time for one address to accept a connection, TLS handshake included. Default: 10 s.
  ClientOptions& connect_timeout(std::chrono::steady_clock::duration value) {
    connect_timeout_ = value;
    return *this;
  }
  std::chrono::steady_clock::duration connect_timeout() const { return connect_timeout_; }

  /// Time from the request to the end of the answer's headers. Default: 30 s.
  ClientOptions& header_timeout(std::chrono::steady_clock::duration value) {
    header_timeout_ = value;
    return *this;
  }
  std::chrono::steady_clock::duration header_timeout() const { return header_timeout_; }

  /// Time without one byte of the body. Default: 30 s.
  ClientOptions& stall_timeout(std::chrono::steady_clock::duration value) {
    stall_timeout_ = value;
    return *this;
  }
  std::chrono::steady_clock::duration stall_timeout() const { return stall_timeout_; }

  /// A connection that brings less of a body than so many bytes a second, over so much time spent
  /// waiting for them, is replaced; a download that gets no better ends with errc::too_slow. 0 bytes
  /// for no such floor. Default: 1 KiB a second over 30 s.
  ClientOptions& least_rate(std::uint64_t bytes_per_second,
                            std::chrono::steady_clock::duration over) {
    least_rate_ = bytes_per_second;
    least_rate_over_ = over;
    return *this;
  }
  std::uint64_t least_rate() const { return least_rate_; }
  std::chrono::steady_clock::duration least_rate_over() const { return least_rate_over_; }

  /// Redirects followed for one URL. Default: 10, as browsers' and Python's urllib.
  ClientOptions& max_redirects(unsigned value) {
    max_redirects_ = value;
    return *this;
  }
  unsigned max_redirects() const { return max_redirects_; }

  /// Connections to one server, all downloads together. Default: 8.
  ClientOptions& connections_per_server(unsigned value) {
    connections_per_server_ = value;
    return *this;
  }
  unsigned connections_per_server() const { return connections_per_server_; }

  /// Bytes per second for all downloads together, 0 for no limit. Client::set_rate_limit changes it
  /// meanwhile. Default: 0.
  ClientOptions& rate_limit(std::uint64_t bytes_per_second) {
    rate_limit_ = bytes_per_second;
    return *this;
  }
  std::uint64_t rate_limit() const { return rate_limit_; }

  /// Default: those of the environment, see proxy.h.
  ClientOptions& proxies(ProxyRules value) {
    proxies_ = std::move(value);
    return *this;
  }
  const std::optional<ProxyRules>& proxies() const { return proxies_; }

  /// Whose passwords go along, see netrc.h. Default: the environment's.
  ClientOptions& netrc(Netrc value) {
    netrc_ = std::move(value);
    return *this;
  }
  const std::optional<Netrc>& netrc() const { return netrc_; }

  /// Applied to every request and redirect. Default: the file that TORCHHUB_DOWNLOADER_CONFIG names.
  ClientOptions& downloader_config(DownloaderConfig value) {
    downloader_config_ = std::move(value);
    return *this;
  }
  const std::optional<DownloaderConfig>& downloader_config() const { return downloader_config_; }

  /// Default: "torchhub".
  ClientOptions& user_agent(std::string value) {
    user_agent_ = std::move(value);
    return *this;
  }
  const std::string& user_agent() const { return user_agent_; }

 private:
  std::chrono::steady_clock::duration connect_timeout_ = std::chrono::seconds(10);
  std::chrono::steady_clock::duration header_timeout_ = std::chrono::seconds(30);
  std::chrono::steady_clock::duration stall_timeout_ = std::chrono::seconds(30);
  std::uint64_t least_rate_ = 1024;
  std::chrono::steady_clock::duration least_rate_over_ = std::chrono::seconds(30);
  unsigned max_redirects_ = 10;
  unsigned connections_per_server_ = 8;
  std::uint64_t rate_limit_ = 0;
  std::optional<ProxyRules> proxies_;
  std::optional<Netrc> netrc_;
  std::optional<DownloaderConfig> downloader_config_;
  std::string user_agent_ = "torchhub";
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_CLIENT_OPTIONS_H_
