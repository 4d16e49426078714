#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/file_digest.h>
#include <torchhub/cache/sha256.h>

#include <fcntl.h>
#include <unistd.h>

#include <span>
#include <vector>

namespace torchhub::cache {

std::string file_digest(const std::filesystem::path& path) {
  const detail::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) detail::throw_errno(path, "cannot be read");
  std::vector<std::byte> buffer(std::size_t{256} << 10);
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
