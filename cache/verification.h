#ifndef TORCHHUB_CACHE_VERIFICATION_H_
#define TORCHHUB_CACHE_VERIFICATION_H_
// Whether the cache still holds what was once put there.
//
//   for (const cache::CachedCheckpoint& checkpoint : inventory.checkpoints) {
//     cache::Verification found = cache::verify(paths, checkpoint);
//     if (found.verdict == cache::Verdict::damaged) cache::quarantine(paths, checkpoint.path);
//   }

#include <torchhub/cache/export.h>
#include <torchhub/cache/inventory.h>
#include <torchhub/cache/torch_paths.h>

#include <filesystem>
#include <string>

namespace torchhub::cache {

enum class Verdict {
  intact,
  damaged,  ///< it has another digest than it had, or than its name says
  unknown,  ///< nothing says what the digest should be; for a file it is known from now on
};

struct Verification {
  Verdict verdict = Verdict::unknown;
  std::string expected;  ///< hexadecimal digits, or ""
  std::string found;     ///< 64 hexadecimal digits
};

/// Reads the whole file. What is expected: the digits in its name, else the digest that was taken when
/// it came. Throws cache::Error where it can't be read.
TORCHHUB_CACHE_EXPORT Verification verify(const TorchPaths& paths,
                                          const CachedCheckpoint& checkpoint);

/// Reads the whole tree. What is expected: its digest when it was fetched.
TORCHHUB_CACHE_EXPORT Verification verify(const CachedRepository& repository);

/// Moves a file or folder out of everybody's way, and returns where it is. Throws cache::Error.
TORCHHUB_CACHE_EXPORT std::filesystem::path quarantine(const TorchPaths& paths,
                                                       const std::filesystem::path& path);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_VERIFICATION_H_
