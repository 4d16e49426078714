#include <torchhub/cache/error.h>
#include <torchhub/cache/replaced_path.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, int error, const std::string& clause) {
  throw Error(boost::system::error_code(error, boost::system::system_category()),
              path.string() + ": " + clause);
}

void require_regular(const fs::path& path, mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return;
    case S_IFDIR:
      refuse(path, EISDIR, "is a folder, and no file takes its place");
    case S_IFCHR:
    case S_IFBLK:
      refuse(path, EPERM, "is a device, and no file takes its place");
    case S_IFIFO:
      refuse(path, EPERM, "is a FIFO, and no file takes its place");
    case S_IFSOCK:
      refuse(path, EPERM, "is a socket, and no file takes its place");
    default:
      refuse(path, EPERM, "is no regular file, and no file takes its place");
  }
}

}  // namespace

fs::path replaced_path(const fs::path& path) {
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
  fs::path place = path;
  for (int links = 0; ::lstat(place.c_str(), &status) == 0 && S_ISLNK(status.st_mode); ++links) {
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
      refuse(path, EPERM,
             "is a symbolic link of another user's (uid " + std::to_string(status.st_uid) +
                 "), and is not followed");
    std::error_code failure;
    const fs::path target = fs::read_symlink(place, failure);
    if (failure || links == kMostLinks)
      refuse(path, ELOOP, "is a symbolic link that cannot be followed");
    place = place.parent_path() / target;
  }
  // What /proc calls an open file need not be a path.
  if (::lstat(place.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    refuse(path, EPERM, "leads to a file without a name, and no file takes its place");
  return place;
}

void require_writable(const fs::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  const bool may_write =
      (status.st_mode & S_IWUSR) != 0 &&
      (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0 || errno != EACCES);
  if (!may_write)
    refuse(path, EACCES, "is read-only; it is replaced only where that is asked for (--force)");
}

}  // namespace torchhub::cache
