#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/own_folder.h>

namespace torchhub::cache {

FileLock::FileLock(const std::filesystem::path& path, std::chrono::steady_clock::duration patience,
                   const OnWait& on_wait) {
  if (foreign_link(path.parent_path())) return;
  make_folders(path.parent_path());
  file_ = detail::open_locked(path, std::chrono::steady_clock::now() + patience, on_wait).file;
}

}  // namespace torchhub::cache
