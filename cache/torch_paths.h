#ifndef TORCHHUB_CACHE_TORCH_PATHS_H_
#define TORCHHUB_CACHE_TORCH_PATHS_H_
// Where torch.hub keeps things inside its directory.
//
//   auto paths = cache::TorchPaths::from_environment();
//   paths.repository({"acme", "digits", "v1"});          // ~/.cache/torch/hub/acme_digits_v1
//   paths.checkpoint("resnet18-5c106cde.pth");           //
//   ~/.cache/torch/hub/checkpoints/resnet18-...
//
// Models PathPolicy. Pure. Source: torch/hub.py of PyTorch 2.13.
//
// What is ours alone lies under hub_dir()/.torchhub, where Python's torch.hub never looks: a folder
// whose name could be owner_name_ref would count as trust in that repository.

#include <torchhub/cache/detail/fitting_name.h>
#include <torchhub/cache/hub_dir.h>
#include <torchhub/cache/path_policy.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::cache {

class TorchPaths {
 public:
  explicit TorchPaths(std::filesystem::path hub_dir) : hub_dir_(std::move(hub_dir)) {}
  static TorchPaths from_environment() { return TorchPaths(get_dir()); }

  const std::filesystem::path& hub_dir() const { return hub_dir_; }

  std::filesystem::path checkpoints() const { return hub_dir_ / "checkpoints"; }
  std::filesystem::path checkpoint(std::string_view name) const { return checkpoints() / name; }
  /// By its name; what it holds does not matter.
  std::filesystem::path checkpoint(const CheckpointKey& key) const { return checkpoint(key.name); }

  /// The folder of a trusted repository: being there is what makes it trusted to torch.hub.
  std::filesystem::path repository(const RepositoryKey& key) const {
    return hub_dir_ / key.folder_name();
  }

  /// One owner_name a line.
  std::filesystem::path trusted_list() const { return hub_dir_ / "trusted_list"; }

  std::filesystem::path own_dir() const { return hub_dir_ / ".torchhub"; }

  /// Whose repositories those of the trusted_list are: ADDRESS owner/name a line.
  std::filesystem::path trusted_servers() const { return own_dir() / "trusted_servers"; }

  /// Where a repository waits that was fetched to be read and that nobody trusts yet.
  std::filesystem::path untrusted_repository(const RepositoryKey& key) const {
    return untrusted() / key.folder_name();
  }
  std::filesystem::path untrusted() const { return own_dir() / "untrusted"; }

  /// Held while the repository's folder is made, replaced or moved.
  std::filesystem::path repository_lock(const std::string& folder_name) const {
    return own_dir() / "locks" / detail::fitting_name(folder_name, ".lock");
  }

  /// Where folders are made that are to be published.
  std::filesystem::path staging() const { return own_dir() / "staging"; }

  /// Where a replaced folder stays for as long as somebody may read in it.
  std::filesystem::path retired() const { return own_dir() / "retired"; }

  /// Where files go that are not what they should be.
  std::filesystem::path quarantine() const { return own_dir() / "quarantine"; }

  /// What is known of files: their digests and where they came from.
  std::filesystem::path stamps() const { return own_dir() / "stamps"; }

  /// What is known of a fetched repository: its commit and the digest of its tree.
  std::filesystem::path repository_record(const std::string& folder_name) const {
    return own_dir() / "repositories" / detail::fitting_name(folder_name, ".json");
  }

 private:
  std::filesystem::path hub_dir_;
};

static_assert(PathPolicy<TorchPaths>);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_TORCH_PATHS_H_
