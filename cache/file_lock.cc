#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>

namespace torchhub::cache {

FileLock::FileLock(const std::filesystem::path& path, std::chrono::steady_clock::duration patience,
                   const OnWait& on_wait) {
  make_folders(path.parent_path());
  file_ = detail::open_locked(path, std::chrono::steady_clock::now() + patience, on_wait).file;
}

}  // namespace torchhub::cache
