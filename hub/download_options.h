#ifndef TORCHHUB_HUB_DOWNLOAD_OPTIONS_H_
#define TORCHHUB_HUB_DOWNLOAD_OPTIONS_H_
// How a file is downloaded: what download_url_to_file takes.

#include <torchhub/cache/part_file.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/response_head.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace torchhub {

class DownloadToFileOptions {
 public:
  DownloadToFileOptions() = default;

  /// The file's SHA-256, or how it begins: 1 to 64 hexadecimal digits, in either case. Default:
  /// none.
  DownloadToFileOptions& hash_prefix(std::string value) {
    hash_prefix_ = std::move(value);
    return *this;
  }
  const std::string& hash_prefix() const { return hash_prefix_; }

  /// Connections at most; how many there are, the goodput decides. Default: 8.
  DownloadToFileOptions& connections(unsigned value) {
    connections_ = value;
    return *this;
  }
  unsigned connections() const { return connections_; }

  /// Whether to go on with what an earlier call left beside the target. Default: true.
  DownloadToFileOptions& resume(bool value) {
    resume_ = value;
    return *this;
  }
  bool resume() const { return resume_; }

  /// Replace a file that is read-only. Default: false.
  DownloadToFileOptions& force(bool value) {
    force_ = value;
    return *this;
  }
  bool force() const { return force_; }

  /// Another URL of the same file.
  DownloadToFileOptions& mirror(std::string url) {
    mirrors_.push_back(std::move(url));
    return *this;
  }
  const std::vector<std::string>& mirrors() const { return mirrors_; }

  /// A header for the URL's own scheme, host and port: it is sent neither to mirrors elsewhere nor
  /// where a redirect leads elsewhere.
  DownloadToFileOptions& header(std::string name, std::string value) {
    headers_.push_back(net::Header{std::move(name), std::move(value)});
    return *this;
  }
  const std::vector<net::Header>& headers() const { return headers_; }

  /// A longer file is refused with net::errc::too_large. Default: no limit.
  DownloadToFileOptions& max_bytes(std::uint64_t value) {
    max_bytes_ = value;
    return *this;
  }
  std::uint64_t max_bytes() const { return max_bytes_; }

  /// Time for the whole call, waiting for other processes included; then net::errc::timed_out, and
  /// what came is kept for the next call. Default: none.
  DownloadToFileOptions& deadline(std::chrono::steady_clock::duration value) {
    deadline_ = value;
    return *this;
  }
  std::optional<std::chrono::steady_clock::duration> deadline() const { return deadline_; }

  /// What the file survives once it is there. Default: a power cut.
  DownloadToFileOptions& durability(cache::Durability value) {
    durability_ = value;
    return *this;
  }
  cache::Durability durability() const { return durability_; }

  /// Ends the download when a stop is requested, from whichever thread; what came is kept for the
  /// next call. Default: nothing does.
  DownloadToFileOptions& stop(std::stop_token value) {
    stop_ = std::move(value);
    return *this;
  }
  const std::stop_token& stop() const { return stop_; }

  /// Who is told of the progress; borrowed. Default: nobody.
  template <net::Observer T>
  DownloadToFileOptions& observer(T& value) {
    observer_ = net::ObserverRef(value);
    return *this;
  }
  DownloadToFileOptions& observer(net::ObserverRef value) {
    observer_ = value;
    return *this;
  }
  const net::ObserverRef& observer() const { return observer_; }

 private:
  std::string hash_prefix_;
  unsigned connections_ = 8;
  bool resume_ = true;
  bool force_ = false;
  std::vector<std::string> mirrors_;
  std::vector<net::Header> headers_;
  std::uint64_t max_bytes_ = std::numeric_limits<std::uint64_t>::max();
  std::optional<std::chrono::steady_clock::duration> deadline_;
  cache::Durability durability_ = cache::Durability::machine;
  std::stop_token stop_;
  net::ObserverRef observer_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_DOWNLOAD_OPTIONS_H_
