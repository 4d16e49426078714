#ifndef TORCHHUB_CACHE_TORCH_PATHS_H_
#define TORCHHUB_CACHE_TORCH_PATHS_H_
// Where torch.hub keeps things inside its directory.
//
//   auto paths = cache::TorchPaths::from_environment();
//   paths.repository({"acme", "digits", "v1"});          // ~/.cache/torch/hub/acme_digits_v1
//   paths.checkpoint("resnet18-5c106cde.pth");           //
//   ~/.cache/torch/hub/checkpoints/resnet18-...
//
// Pure: computes paths, touches none. Source: torch/hub.py of PyTorch 2.13.
//
// What is ours alone lies under hub_dir()/.torchhub, where Python's torch.hub never looks: a folder
// whose name could be owner_name_ref would count as trust in that repository.

#include <torchhub/cache/hub_dir.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::cache {

/// A repository at one ref, by the names torch.hub files it under.
///
/// With constructors, not an aggregate: g++ 12 destroys an aggregate temporary twice in a co_await
/// expression.
struct RepositoryKey {
  RepositoryKey() = default;
  RepositoryKey(std::string key_owner, std::string key_name, std::string key_ref)
      : owner(std::move(key_owner)), name(std::move(key_name)), ref(std::move(key_ref)) {}

  std::string owner;
  std::string name;
  std::string ref;

  /// owner_name, the form of the trusted_list.
  std::string trust_entry() const { return owner + '_' + name; }

  /// owner_name_ref with every '/' of the ref turned into '_'.
  std::string folder_name() const {
    std::string folder = trust_entry() + '_' + ref;
    std::replace(folder.begin(), folder.end(), '/', '_');
    return folder;
  }
};

class TorchPaths {
 public:
  explicit TorchPaths(std::filesystem::path hub_dir) : hub_dir_(std::move(hub_dir)) {}
  static TorchPaths from_environment() { return TorchPaths(get_dir()); }

  const std::filesystem::path& hub_dir() const { return hub_dir_; }

  std::filesystem::path checkpoints() const { return hub_dir_ / "checkpoints"; }
  std::filesystem::path checkpoint(std::string_view name) const { return checkpoints() / name; }

  /// The folder of a trusted repository: being there is what makes it trusted to torch.hub.
  std::filesystem::path repository(const RepositoryKey& key) const {
    return hub_dir_ / key.folder_name();
  }

  /// One owner_name a line.
  std::filesystem::path trusted_list() const { return hub_dir_ / "trusted_list"; }

  std::filesystem::path own_dir() const { return hub_dir_ / ".torchhub"; }

  /// Where a repository waits that was fetched to be read and that nobody trusts yet.
  std::filesystem::path untrusted_repository(const RepositoryKey& key) const {
    return own_dir() / "untrusted" / key.folder_name();
  }

  /// Held while the repository's folder is made, replaced or moved.
  std::filesystem::path repository_lock(const RepositoryKey& key) const {
    return own_dir() / "locks" / (key.folder_name() + ".lock");
  }

  /// Where the holder of repository_lock() downloads and unpacks.
  std::filesystem::path repository_staging(const RepositoryKey& key) const {
    return own_dir() / "staging" / key.folder_name();
  }

  /// What is known of a fetched repository: its commit.
  std::filesystem::path repository_record(const RepositoryKey& key) const {
    return own_dir() / "repositories" / (key.folder_name() + ".json");
  }

  /// The ref that "no ref" meant for a repository when it was last asked.
  std::filesystem::path default_ref(const std::string& owner, const std::string& name) const {
    return own_dir() / "default_refs" / (owner + '_' + name);
  }

 private:
  std::filesystem::path hub_dir_;
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_TORCH_PATHS_H_
