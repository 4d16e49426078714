#ifndef TORCHHUB_CACHE_PART_PROGRESS_H_
#define TORCHHUB_CACHE_PART_PROGRESS_H_
// How far another process is with a file that this one waits for.
//
//   if (auto progress = cache::progress_of_part("weights.pth"))
//     std::cerr << progress->bytes << " of " << progress->total << "\n";

#include <torchhub/cache/export.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace torchhub::cache {

struct PartProgress {
  std::optional<int> owner;  ///< the process that makes it, where this machine's kernel shows it
  std::uint64_t bytes = 0;   ///< written so far
  std::uint64_t total = 0;   ///< room that was set aside for it; 0 where that is not known
};

/// Looks at the part beside `target`; nothing if there is none. What is written is what the file
/// system calls data and not a hole.
TORCHHUB_CACHE_EXPORT std::optional<PartProgress> progress_of_part(
    const std::filesystem::path& target);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_PART_PROGRESS_H_
