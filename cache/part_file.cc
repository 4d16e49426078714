#include <torchhub/cache/part_file.h>

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace torchhub::cache {

PartFile::PartFile(std::filesystem::path target, std::chrono::steady_clock::duration patience)
    : target_(std::move(target)),
      path_(target_.string() + ".torchhub-part"),
      file_(detail::open_locked(path_, std::chrono::steady_clock::now() + patience)) {
  // A process that was killed may have left its bytes.
  if (::ftruncate(file_.descriptor(), 0) != 0) detail::throw_errno(path_, "cannot be emptied");
}

PartFile::~PartFile() {
  if (!published_) ::unlink(path_.c_str());
}

void PartFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file_.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      detail::throw_errno(path_, "cannot be written");
    }
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void PartFile::size_hint(std::uint64_t bytes) {
  // KEEP_SIZE: room is set aside, and the length stays what was written.
  while (bytes > 0 &&
         ::fallocate(file_.descriptor(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) return;
    detail::throw_errno(path_, "no room for " + std::to_string(bytes) + " bytes");
  }
}

void PartFile::publish() {
  if (::fdatasync(file_.descriptor()) != 0) detail::throw_errno(path_, "cannot be flushed");
  if (::rename(path_.c_str(), target_.c_str()) != 0) {
    detail::throw_errno(target_, "the finished download cannot be renamed to this");
  }
  published_ = true;
  const std::filesystem::path folder = target_.parent_path();
  detail::sync_folder(folder.empty() ? "." : folder);
}

}  // namespace torchhub::cache
