#ifndef TORCHHUB_CACHE_FILE_LOCK_H_
#define TORCHHUB_CACHE_FILE_LOCK_H_
// One process at a time: an flock on a file, released by the kernel also when its holder is killed.
//
//   cache::FileLock lock(paths.repository_lock(key), 5min);
//   ... make the folder ...
//
// On a file system whose locks exclude nobody the lock is taken all the same: what it guards must be
// made apart and appear by a rename, so that two at once waste work and spoil nothing. So it is where
// the lock's file is another user's and may not even be read, or is no regular file, or this user
// may not make its folder or follow the link there.
//
// Thread safety: two FileLock objects on one path exclude each other also within a process.

#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/export.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

namespace torchhub::cache {

/// How long a caller waits for another process's download before it gives up.
inline constexpr std::chrono::minutes kDefaultLockPatience{60};

class TORCHHUB_CACHE_EXPORT FileLock {
 public:
  /// Called while the lock is waited for, after a second and then every ten, with the number of the
  /// process that holds it, where that is known.
  using OnWait = std::function<void(std::optional<int> holder)>;

  /// Waits for the lock; creates the file and its folders. The file stays behind, empty: another one
  /// may wait for it.
  /// Throws: errc::lock_timeout after `patience`; the system's code where the file's folder, or the
  /// file, can't be made for another reason than that this user may not.
  explicit FileLock(const std::filesystem::path& path,
                    std::chrono::steady_clock::duration patience = kDefaultLockPatience,
                    const OnWait& on_wait = nullptr);

 private:
  detail::File file_;
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_FILE_LOCK_H_
