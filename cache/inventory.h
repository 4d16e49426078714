#ifndef TORCHHUB_CACHE_INVENTORY_H_
#define TORCHHUB_CACHE_INVENTORY_H_
// What is in the cache, and what of it to give up.
//
//   cache::Inventory inventory = cache::take_inventory(paths);
//   for (const auto& checkpoint : inventory.checkpoints) std::cout << checkpoint.name << "\n";
//
//   cache::PruneLimits limits;
//   limits.max_bytes = 10'000'000'000;
//   cache::Prunable prunable = cache::choose_prunable(inventory, limits, now);
//   cache::prune(paths, prunable);
//
// Source: the folder is torch.hub's; what Python's left in it counts as well.

#include <torchhub/cache/export.h>
#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/torch_paths.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::cache {

struct CachedObject {
  std::filesystem::path path;
  std::string name;         ///< of a folder in the hub directory, or a file's below checkpoints/
  std::uint64_t bytes = 0;  ///< of content
  std::chrono::system_clock::time_point made;
  /// The newest that is known: of use through this library, of reading by the file system's access
  /// times, which may lag by a day.
  std::chrono::system_clock::time_point used;
};

struct CachedRepository : CachedObject {
  std::optional<RepositoryKey> key;  ///< where it was written down; a folder's name does not tell
  RepositoryRecord record;
  bool is_complete = false;  ///< it has a hubconf.py
  bool is_settled = true;  ///< it is one of torch.hub's folders, and not one that nobody trusts yet
};

struct CachedCheckpoint : CachedObject {
  std::string sha256;  ///< where it is known of the file as it is now
  std::string url;     ///< where it came from, if that is known
};

struct Inventory {
  std::vector<CachedRepository> repositories;  ///< sorted by name
  std::vector<CachedCheckpoint> checkpoints;   ///< sorted by name
};

/// Looks at every file's size and times, reads none. A folder or file that vanishes meanwhile is left
/// out, and so is what a foreign_link() leads to. Throws cache::Error where the hub directory can't be read; one
/// that is not there is empty.
TORCHHUB_CACHE_EXPORT Inventory take_inventory(const TorchPaths& paths);

struct PruneLimits {
  std::optional<std::uint64_t> max_bytes;             ///< of all content that stays
  std::optional<std::chrono::seconds> max_idle_time;  ///< since the last use
};

struct Prunable {
  std::vector<CachedRepository> repositories;
  std::vector<CachedCheckpoint> checkpoints;
};

/// What must go for the rest to keep to `limits`: the least recently used. Pure.
TORCHHUB_CACHE_EXPORT Prunable choose_prunable(const Inventory& inventory,
                                               const PruneLimits& limits,
                                               std::chrono::system_clock::time_point now);

struct Pruned {
  std::vector<std::filesystem::path> removed;
  std::vector<std::filesystem::path> kept;  ///< in use: locked by another process
  std::uint64_t bytes = 0;                  ///< of what was removed
};

/// Removes what was chosen, each thing in one step, except what is locked or was used since the
/// inventory. Throws cache::Error.
TORCHHUB_CACHE_EXPORT Pruned prune(const TorchPaths& paths, const Prunable& prunable);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_INVENTORY_H_
