#include <torchhub/archive/detail/growing_file.h>
#include <torchhub/archive/error.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {
namespace {

[[noreturn]] void throw_errno(const std::filesystem::path& path, std::string_view what) {
  const boost::system::error_code code(errno, boost::system::system_category());
  throw Error(code, path.string() + ": " + std::string(what) + ": " + code.message());
}

}  // namespace

GrowingFile::GrowingFile(const std::filesystem::path& path)
    : path_(path),
      growing_(path.string() + ".torchhub-" + std::to_string(::getpid())),
      descriptor_(
          ::open(growing_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666)) {
  if (descriptor_ < 0) throw_errno(growing_, "cannot be created");
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
    if (written < 0) throw_errno(growing_, "cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void GrowingFile::publish() {
  if (::fsync(descriptor_) != 0) throw_errno(growing_, "cannot be flushed");
  if (::rename(growing_.c_str(), path_.c_str()) != 0) throw_errno(path_, "cannot be replaced");
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace torchhub::archive::detail
