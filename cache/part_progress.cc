#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/part_progress.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace torchhub::cache {

std::optional<PartProgress> progress_of_part(const std::filesystem::path& target) {
  const std::filesystem::path path = detail::part_path(target);
  const detail::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status;
  if (!file || fstat(file.descriptor(), &status) != 0) return std::nullopt;
  PartProgress progress;
  progress.owner = detail::lock_holder(path);
  constexpr std::uint64_t kBlockBytes = 512;  // whatever the file system's are, stat(2)
  const std::uint64_t set_aside = static_cast<std::uint64_t>(status.st_blocks) * kBlockBytes;
  if (set_aside >= static_cast<std::uint64_t>(status.st_size)) progress.total = set_aside;
  for (off_t at = 0; at < status.st_size;) {
    const off_t data = ::lseek(file.descriptor(), at, SEEK_DATA);
    if (data < 0) break;
    const off_t hole = ::lseek(file.descriptor(), data, SEEK_HOLE);
    if (hole <= data) break;
    progress.bytes += static_cast<std::uint64_t>(hole - data);
    at = hole;
  }
  return progress;
}

}  // namespace torchhub::cache
