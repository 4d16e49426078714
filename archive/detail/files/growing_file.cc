#include <torchhub/archive/detail/files/growing_file.h>
#include <torchhub/archive/detail/files/system_error.h>
#include <torchhub/archive/error.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, int error, const std::string& clause) {
  throw Error(boost::system::error_code(error, boost::system::system_category()),
              path.string() + ": " + clause);
}

const char* kind_of(mode_t mode) {
  return S_ISDIR(mode)                    ? "a folder"
         : S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
         : S_ISFIFO(mode)                 ? "a FIFO"
         : S_ISSOCK(mode)                 ? "a socket"
                                          : "no regular file";
}

void require_regular(const std::filesystem::path& path, mode_t mode) {
  if (S_ISREG(mode)) return;
  refuse(path, S_ISDIR(mode) ? EISDIR : EPERM,
         std::string("is ") + kind_of(mode) + ", and no file takes its place");
}

// Where a file for `path` belongs: what a symbolic link leads to, else itself. So it is of a link that
// leads nowhere.
std::filesystem::path place_of(const std::filesystem::path& path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  struct stat status;
  // What else may be wrong shows where the file is made.
  if (::lstat(path.c_str(), &status) != 0) return path;
  if (!S_ISLNK(status.st_mode)) {
    require_regular(path, status.st_mode);
    return path;
  }
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return path;
    refuse(path, errno, "is a symbolic link that cannot be followed");
  }
  require_regular(path, status.st_mode);
  std::filesystem::path place = path;
  for (int links = 0; ::lstat(place.c_str(), &status) == 0 && S_ISLNK(status.st_mode); ++links) {
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
      refuse(path, EPERM,
             "is a symbolic link of another user's (uid " + std::to_string(status.st_uid) +
                 "), and is not followed");
    std::error_code failure;
    const std::filesystem::path target = std::filesystem::read_symlink(place, failure);
    if (failure || links == kMostLinks)
      refuse(path, ELOOP, "is a symbolic link that cannot be followed");
    place = place.parent_path() / target;
  }
  // What /proc calls an open file need not be a path.
  if (::lstat(place.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    refuse(path, EPERM, "leads to a file without a name, and no file takes its place");
  return place;
}

// Not even root writes to what has no owner's mode for it, without being told to.
void require_writable(const std::filesystem::path& path, const std::filesystem::path& place) {
  struct stat status;
  if (::stat(place.c_str(), &status) != 0) return;
  const bool may_write =
      (status.st_mode & S_IWUSR) != 0 &&
      (::faccessat(AT_FDCWD, place.c_str(), W_OK, AT_EACCESS) == 0 || errno != EACCES);
  if (!may_write)
    refuse(path, EACCES, "is read-only; it is replaced only where that is asked for (--force)");
}

// Of a name that nobody can have taken.
std::filesystem::path name_beside(const std::filesystem::path& place) {
  std::random_device random;
  return place.string() + ".torchhub-" + std::to_string(::getpid()) + '-' +
         std::to_string(random());
}

}  // namespace

GrowingFile::GrowingFile(const std::filesystem::path& path, ReadOnlyFile read_only)
    : path_(path), place_(place_of(path)), growing_(name_beside(place_)), descriptor_(-1) {
  if (read_only == ReadOnlyFile::kept) require_writable(path_, place_);
  descriptor_ =
      ::open(growing_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) throw_system_error(growing_, "cannot be created", errno);
}

GrowingFile::~GrowingFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(growing_.c_str());
}

void GrowingFile::write_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system_error(growing_, "cannot be written", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void GrowingFile::publish() {
  if (::fsync(descriptor_) != 0) throw_system_error(growing_, "cannot be flushed", errno);
  // Something else may have come there meanwhile.
  struct stat status;
  if (::lstat(place_.c_str(), &status) == 0) require_regular(path_, status.st_mode);
  if (::rename(growing_.c_str(), place_.c_str()) != 0)
    throw_system_error(path_, "cannot be replaced", errno);
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace torchhub::archive::detail
