#ifndef TORCHHUB_NET_DOWNLOAD_OPTIONS_H_
#define TORCHHUB_NET_DOWNLOAD_OPTIONS_H_
// What a caller may ask of one download or fetch.
//
//   net::DownloadOptions options;
//   options.deadline(10min).secret_header("Authorization", "token " + token);
//
// A class with a constructor, not an aggregate: g++ 12 destroys an aggregate temporary twice inside
// a co_await expression.

#include <torchhub/net/concepts.h>
#include <torchhub/net/response_head.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace torchhub::net {

/// An observer that does nothing. Models net::Observer.
struct Silent {
  void on_progress(const Progress&) noexcept {}
};

/// A borrowed Observer of any type; it must outlive the download.
class ObserverRef {
 public:
  ObserverRef() = default;
  template <Observer T>
  requires(!std::same_as<std::remove_const_t<T>, ObserverRef>) explicit ObserverRef(T& observer)
      : object_(&observer), on_progress_([](void* object, const Progress& progress) noexcept {
          static_cast<T*>(object)->on_progress(progress);
        }) {}

  void on_progress(const Progress& progress) const noexcept {
    if (object_) on_progress_(object_, progress);
  }

 private:
  void* object_ = nullptr;
  void (*on_progress_)(void*, const Progress&) noexcept = nullptr;
};

class DownloadOptions {
 public:
  DownloadOptions() = default;

  /// A header to send with every request of the download, redirects included.
  DownloadOptions& header(std::string name, std::string value) {
    headers_.push_back(Header{std::move(name), std::move(value)});
    return *this;
  }
  const std::vector<Header>& headers() const { return headers_; }

  /// A header that only the URL's own scheme, host and port may see: neither a mirror nor where a
  /// redirect leads.
  DownloadOptions& secret_header(std::string name, std::string value) {
    secret_headers_.push_back(Header{std::move(name), std::move(value)});
    return *this;
  }
  const std::vector<Header>& secret_headers() const { return secret_headers_; }

  /// Whether ClientOptions::netrc may give a password for the URL's own origin, where neither the URL
  /// nor a header does. Default: true.
  DownloadOptions& netrc(bool value) {
    netrc_ = value;
    return *this;
  }
  bool netrc() const { return netrc_; }

  /// Time for the whole download. Default: none, the client's time-outs bound each step.
  DownloadOptions& deadline(std::chrono::steady_clock::duration value) {
    deadline_ = value;
    return *this;
  }
  std::optional<std::chrono::steady_clock::duration> deadline() const { return deadline_; }

  /// Connections for this download at most; how many there are, its goodput decides. Default: 8.
  DownloadOptions& connections(unsigned value) {
    connections_ = std::max(value, 1u);
    return *this;
  }
  unsigned connections() const { return connections_; }

  /// Attempts in a row that bring nothing before the download fails. Default: 5.
  DownloadOptions& attempts(unsigned value) {
    attempts_ = std::max(value, 1u);
    return *this;
  }
  unsigned attempts() const { return attempts_; }

  /// Whether to go on with what a ResumableSink still has of an earlier download. Default: true.
  DownloadOptions& resume(bool value) {
    resume_ = value;
    return *this;
  }
  bool resume() const { return resume_; }

  /// Another URL of the same file, asked when the ones before it fail; with accept_digest() all are
  /// asked at once.
  DownloadOptions& mirror(std::string url) {
    mirrors_.push_back(std::move(url));
    return *this;
  }
  const std::vector<std::string>& mirrors() const { return mirrors_; }

  /// Judges the Digest's result: the caller knows what the content is to be. That lets ranges come
  /// without a strong validator and from several mirrors; a digest that is not accepted is looked
  /// into once (bad granules are fetched anew, or everything) and then returned all the same.
  DownloadOptions& accept_digest(std::function<bool(std::span<const std::byte>)> value) {
    accept_digest_ = std::move(value);
    return *this;
  }
  const std::function<bool(std::span<const std::byte>)>& accept_digest() const {
    return accept_digest_;
  }

  /// A longer body ends in errc::too_large. Default: no limit.
  DownloadOptions& max_bytes(std::uint64_t value) {
    max_bytes_ = value;
    return *this;
  }
  std::uint64_t max_bytes() const { return max_bytes_; }

  /// Who is told of the progress; borrowed. Default: nobody.
  template <Observer T>
  DownloadOptions& observer(T& value) {
    return observer(ObserverRef(value));
  }
  DownloadOptions& observer(ObserverRef value) {
    observer_ = value;
    return *this;
  }
  const ObserverRef& observer() const { return observer_; }

 private:
  std::vector<Header> headers_;
  std::vector<Header> secret_headers_;
  std::optional<std::chrono::steady_clock::duration> deadline_;
  std::uint64_t max_bytes_ = std::numeric_limits<std::uint64_t>::max();
  unsigned connections_ = 8;
  unsigned attempts_ = 5;
  bool resume_ = true;
  bool netrc_ = true;
  std::vector<std::string> mirrors_;
  std::function<bool(std::span<const std::byte>)> accept_digest_;
  ObserverRef observer_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_DOWNLOAD_OPTIONS_H_
