#ifndef TORCHHUB_CACHE_SWEEP_H_
#define TORCHHUB_CACHE_SWEEP_H_
// Removes what processes left that were killed: half-made folders and files, replaced folders, in time.
//
//   cache::sweep(paths);

#include <torchhub/cache/export.h>
#include <torchhub/cache/torch_paths.h>

#include <chrono>
#include <filesystem>
#include <vector>

namespace torchhub::cache {

/// What is older than this goes.
struct SweepAges {
  std::chrono::hours retired{24};  ///< a replaced folder, in which somebody may read
  std::chrono::hours unknown_staging{
      24};                          ///< a folder in the making whose owner is not known to be dead
  std::chrono::hours part{7 * 24};  ///< an unfinished download, which could be resumed until then
};

/// Removes what nobody can be using any more: folders in the making whose owner is dead, replaced
/// folders, unfinished downloads that nobody holds (Python's too), each past its age. Returns what was
/// removed. What can't be removed or looked at stays: the next one tries again. So does what another user made, and
/// all that lies in a folder, or behind a link, of his: no path leads out of the cache.
TORCHHUB_CACHE_EXPORT std::vector<std::filesystem::path> sweep(
    const TorchPaths& paths, const SweepAges& ages = SweepAges(),
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_SWEEP_H_
