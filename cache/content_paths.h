#ifndef TORCHHUB_CACHE_CONTENT_PATHS_H_
#define TORCHHUB_CACHE_CONTENT_PATHS_H_
// A store of files by their SHA-256, which several caches of one machine can share: each weight lies
// on the disk once.
//
//   cache::ContentPaths store("/var/cache/torchhub");
//   store.blob(digest);      // /var/cache/torchhub/cas/sha256/ab/abcd...
//   cache::share_checkpoint(store, torch_paths, cache::CheckpointKey("resnet18.pth", digest));
//
// Models PathPolicy. Pure.

#include <torchhub/cache/path_policy.h>

#include <filesystem>
#include <string>
#include <utility>

namespace torchhub::cache {

class ContentPaths {
 public:
  explicit ContentPaths(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& hub_dir() const { return root_; }

  /// Where the file with this SHA-256, 64 lower-case hexadecimal digits, is.
  std::filesystem::path blob(const std::string& sha256) const {
    return root_ / "cas" / "sha256" / sha256.substr(0, 2) / sha256;
  }

  /// blob() of its digest; an empty path where that is not known.
  std::filesystem::path checkpoint(const CheckpointKey& key) const {
    return key.sha256.empty() ? std::filesystem::path() : blob(key.sha256);
  }

  /// A tree is kept by its name: it has no bytes of its own.
  std::filesystem::path repository(const RepositoryKey& key) const {
    return root_ / "trees" / key.folder_name();
  }

 private:
  std::filesystem::path root_;
};

static_assert(PathPolicy<ContentPaths>);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_CONTENT_PATHS_H_
