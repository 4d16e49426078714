#include <torchhub/cache/detail/file.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace torchhub::cache::detail {
namespace {

constexpr std::chrono::milliseconds kFirstPause{10};
constexpr std::chrono::milliseconds kLongestPause{1000};

bool names_this_file(const std::filesystem::path& path, const File& file) {
  struct stat by_path;
  struct stat by_descriptor;
  return stat(path.c_str(), &by_path) == 0 && fstat(file.descriptor(), &by_descriptor) == 0 &&
         by_path.st_dev == by_descriptor.st_dev && by_path.st_ino == by_descriptor.st_ino;
}

}  // namespace

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void throw_errno(const std::filesystem::path& path, std::string_view what, int error) {
  const boost::system::error_code code(error, boost::system::system_category());
  throw Error(code, path.string() + ": " + std::string(what) + ": " + code.message());
}

bool try_lock(const std::filesystem::path& path, const File& file) {
  while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_errno(path, "cannot be locked");
  }
  return names_this_file(path, file);
}

File open_locked(const std::filesystem::path& path,
                 std::chrono::steady_clock::time_point deadline) {
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    File file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!file) throw_errno(path, "cannot be opened for writing");
    if (try_lock(path, file)) return file;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) {
      throw Error(errc::lock_timeout, path.string() + ": another process still holds this lock");
    }
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(pause, deadline - now));
  }
}

void sync_folder(const std::filesystem::path& folder) {
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw_errno(folder, "cannot be opened");
  // EINVAL: a file system that keeps no folders to flush.
  if (::fsync(opened.descriptor()) != 0 && errno != EINVAL)
    throw_errno(folder, "cannot be flushed");
}

}  // namespace torchhub::cache::detail
