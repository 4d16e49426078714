#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>

namespace torchhub::cache {
namespace {

bool is_not_allowed(const boost::system::error_code& code) {
  namespace errc = boost::system::errc;
  return code == errc::permission_denied || code == errc::operation_not_permitted ||
         code == errc::read_only_file_system;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, std::chrono::steady_clock::duration patience,
                   const OnWait& on_wait) {
  try {
    make_folders(path.parent_path());
  } catch (const Error& error) {
    if (!is_not_allowed(error.code())) throw;
    return;
  }
  file_ = detail::open_locked(path, std::chrono::steady_clock::now() + patience, on_wait).file;
}

}  // namespace torchhub::cache
