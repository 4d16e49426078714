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

// Linux follows so many.
constexpr int kMostLinks = 40;

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
  fs::path place = path;
  struct stat status;
  for (int links = 0;; ++links) {
    if (::lstat(place.c_str(), &status) != 0) {
      // What /proc calls an open file need not be a path: /dev/stdout may be a pipe.
      if (::stat(path.c_str(), &status) == 0) {
        require_regular(path, status.st_mode);
        refuse(path, EPERM, "leads to a file without a name, and no file takes its place");
      }
      // What else is wrong shows where the file is made.
      return place;
    }
    if (!S_ISLNK(status.st_mode)) break;
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
      refuse(path, EPERM,
             "is a symbolic link of another user's (uid " + std::to_string(status.st_uid) +
                 "), and is not followed");
    if (links == kMostLinks) refuse(path, ELOOP, "is a symbolic link that leads nowhere");
    std::error_code failure;
    const fs::path target = fs::read_symlink(place, failure);
    if (failure) refuse(path, failure.value(), "is a symbolic link that cannot be read");
    place = place.parent_path() / target;
  }
  require_regular(path, status.st_mode);
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
