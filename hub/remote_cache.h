#ifndef TORCHHUB_HUB_REMOTE_CACHE_H_
#define TORCHHUB_HUB_REMOTE_CACHE_H_
// A store that a fleet of machines shares, in the protocol of Bazel's HTTP remote cache: GET and PUT of
// /cas/SHA256. A monorepo's own cache, nginx with WebDAV or an object store will do.
//
//   context.remote_cache(std::make_shared<torchhub::RemoteCache>("http://cache.internal:8080"));
//
// It is never trusted, a file counts when its SHA-256 is right; and never needed: when it is down,
// slow or wrong, the origin is asked, and that is said once.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace torchhub {

class RemoteCache {
 public:
  /// When the store counts as slow, and is left alone from then on.
  struct Patience {
    Patience() = default;

    std::chrono::steady_clock::duration connect = std::chrono::seconds(3);
    std::chrono::steady_clock::duration answer = std::chrono::seconds(5);
    std::chrono::steady_clock::duration window = std::chrono::seconds(10);
    std::uint64_t bytes_per_second = std::uint64_t{1} << 20;  ///< less, over a window, is slow
  };

  /// `url` without the /cas/. User and password in it are sent as Basic.
  explicit RemoteCache(std::string url) : RemoteCache(std::move(url), Patience()) {}
  RemoteCache(std::string url, Patience patience) : url_(std::move(url)), patience_(patience) {
    while (url_.ends_with('/')) url_.pop_back();
  }

  const std::string& url() const { return url_; }
  std::string url_of(const std::string& sha256) const { return url_ + "/cas/" + sha256; }
  const Patience& patience() const { return patience_; }

  /// Whether it is asked at all, and given anything: until it fails.
  bool is_readable() const { return is_readable_; }
  bool is_writable() const { return is_readable_ && is_writable_; }
  /// Returns whether it was still up: so that one says it.
  bool give_up_reading() { return is_readable_.exchange(false); }
  bool give_up_writing() { return is_writable_.exchange(false) && is_readable_; }

 private:
  std::string url_;
  Patience patience_;
  std::atomic<bool> is_readable_{true};
  std::atomic<bool> is_writable_{true};
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_REMOTE_CACHE_H_
