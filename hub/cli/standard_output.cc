#include <torchhub/archive/byte_source.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/standard_output.h>
#include <torchhub/hub/error.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

namespace torchhub::cli {

void require_no_terminal() {
  if (::isatty(STDOUT_FILENO))
    throw UsageError("a file's bytes are not for a terminal; redirect the standard output");
}

void move_to_standard_output(const std::filesystem::path& path) {
  const archive::MappedFile file(path);
  std::filesystem::remove(path);
  constexpr std::size_t kWrittenAtOnce = std::size_t{1} << 20;
  for (std::span<const std::byte> left = file.view(); !left.empty();) {
    const ssize_t written =
        ::write(STDOUT_FILENO, left.data(), std::min(left.size(), kWrittenAtOnce));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const boost::system::error_code code(errno, boost::system::system_category());
      throw Error(code, "standard output cannot be written: " + code.message());
    }
    left = left.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace torchhub::cli
