#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_digest.h>
#include <torchhub/cache/sha256.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace torchhub::cache {

std::string file_digest(const std::filesystem::path& path) {
  // A FIFO would be waited for.
  const detail::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!file || fstat(file.descriptor(), &status) != 0) detail::throw_errno(path, "cannot be read");
  if (!S_ISREG(status.st_mode)) detail::throw_errno(path, "is no regular file", EINVAL);
  constexpr std::uint64_t kMostAtOnce = std::uint64_t{256} << 10;
  // Of a small file the buffer is small, too: a tree has many.
  std::vector<std::byte> buffer(static_cast<std::size_t>(
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(status.st_size) + 1, 1, kMostAtOnce)));
  Sha256 digest;
  for (;;) {
    const ssize_t got = ::read(file.descriptor(), buffer.data(), buffer.size());
    if (got == 0) return to_hex(digest.finish());
    if (got > 0) {
      digest.update(std::span(buffer).first(static_cast<std::size_t>(got)));
    } else if (errno != EINTR) {
      detail::throw_errno(path, "cannot be read");
    }
  }
}

}  // namespace torchhub::cache
