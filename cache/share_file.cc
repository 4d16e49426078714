#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/cache/share_file.h>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopiedAtOnce = std::size_t{64} << 20;

void copy(const fs::path& from, const detail::File& source, const fs::path& to,
          const detail::File& target) {
  for (;;) {
    const ssize_t sent =
        ::sendfile(target.descriptor(), source.descriptor(), nullptr, kCopiedAtOnce);
    if (sent == 0) break;
    if (sent < 0 && errno != EINTR)
      detail::throw_errno(to, "cannot be filled from " + from.string());
  }
  if (::fdatasync(target.descriptor()) != 0) detail::throw_errno(to, "cannot be flushed");
}

// Removes a name that was only needed on the way.
struct Temporary {
  fs::path path;
  ~Temporary() { ::unlink(path.c_str()); }
};

}  // namespace

Shared share_file(const fs::path& from, const fs::path& place) {
  make_folders(place.parent_path());
  const fs::path to = replaced_path(place);
  const detail::File source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) detail::throw_errno(from, "cannot be read");
  Temporary fresh{detail::part_path(to).string() + detail::owner_suffix()};
  Shared how = Shared::reflink;
  detail::File target(::open(fresh.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!target) detail::throw_errno(fresh.path, "cannot be made");
  if (::ioctl(target.descriptor(), FICLONE, source.descriptor()) != 0) {
    how = Shared::hard_link;
    ::unlink(fresh.path.c_str());
    if (::link(from.c_str(), fresh.path.c_str()) != 0) {
      how = Shared::copy;
      target =
          detail::File(::open(fresh.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (!target) detail::throw_errno(fresh.path, "cannot be made");
      copy(from, source, fresh.path, target);
    }
  }
  if (::rename(fresh.path.c_str(), to.c_str()) != 0)
    detail::throw_errno(to, "cannot be put in place");
  detail::sync_folder(to.parent_path());
  return how;
}

}  // namespace torchhub::cache
