#ifndef TORCHHUB_CACHE_FILE_LOCK_H_
#define TORCHHUB_CACHE_FILE_LOCK_H_
// One process at a time: an flock on a file, released by the kernel also when its holder is killed.
//
//   cache::FileLock lock(paths.repository_lock(key), 5min);
//   ... make the folder ...
//
// Thread safety: two FileLock objects on one path exclude each other also within a process.

#include <torchhub/cache/detail/file.h>

#include <chrono>
#include <filesystem>

namespace torchhub::cache {

/// How long a caller waits for another process's download before it gives up.
inline constexpr std::chrono::minutes kDefaultLockPatience{60};

class FileLock {
 public:
  /// Waits for the lock; creates the file and its folders. The file stays behind, empty.
  /// Throws: errc::lock_timeout after `patience`; the system's code where the file can't be opened.
  explicit FileLock(const std::filesystem::path& path,
                    std::chrono::steady_clock::duration patience = kDefaultLockPatience);

 private:
  detail::File file_;
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_FILE_LOCK_H_
