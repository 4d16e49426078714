#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/detail/files/mapping_registry.h>
#include <torchhub/archive/detail/files/system_error.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace torchhub::archive {
namespace {

constexpr std::size_t kEndBytes = std::size_t{64} << 10;

// Checkpoints have their tables at a file's ends. Asked for by themselves, they come without what the
// first touch of a page would bring with it: the disk's whole read-ahead, which may be MiBs.
void ask_for_ends(std::byte* pages, std::size_t size) {
  if (size < 2 * kEndBytes) return;
  ::madvise(pages, kEndBytes, MADV_WILLNEED);
  const std::size_t tail = (size - kEndBytes) / kEndBytes * kEndBytes;
  ::madvise(pages + tail, size - tail, MADV_WILLNEED);
}

}  // namespace

OpenFile::OpenFile(const std::filesystem::path& path)
    : path_(path),
      // Not to wait for a writer, should the path be a pipe's.
      descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
      size_(0) {
  if (descriptor_ < 0) detail::throw_system_error(path, "cannot be read", errno);
  struct stat status;
  int error = 0;
  if (::fstat(descriptor_, &status) != 0) {
    error = errno;
  } else if (!S_ISREG(status.st_mode)) {
    error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  } else {
    size_ = static_cast<std::size_t>(status.st_size);
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  if (error != 0) {
    ::close(descriptor_);
    detail::throw_system_error(path, "cannot be read", error);
  }
}

OpenFile::~OpenFile() { ::close(descriptor_); }

MappedFile OpenFile::map() const {
  if (size_ == 0) return MappedFile(std::span<std::byte>(), device_, inode_);
  void* const pages =
      ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor_, 0);
  if (pages == MAP_FAILED) detail::throw_system_error(path_, "cannot be read", errno);
  ask_for_ends(static_cast<std::byte*>(pages), size_);
  return MappedFile(std::span(static_cast<std::byte*>(pages), size_), device_, inode_);
}

bool OpenFile::is_mapped_by(const MappedFile& mapped) const {
  return mapped.device_ == device_ && mapped.inode_ == inode_;
}

bool OpenFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

MemorySource read_file(const std::filesystem::path& path) {
  const OpenFile file(path);
  std::vector<std::byte> bytes(file.size());
  if (!file.read_at(0, bytes)) detail::throw_system_error(path, "cannot be read", EIO);
  return MemorySource(std::move(bytes));
}

MappedFile::MappedFile(const std::filesystem::path& path) : MappedFile(OpenFile(path).map()) {}

MappedFile::MappedFile(std::span<std::byte> view, std::uint64_t device, std::uint64_t inode)
    : view_(view), device_(device), inode_(inode), registered_(detail::register_mapping(view)) {}

bool MappedFile::is_intact() const { return !registered_ || !registered_->is_cut_off; }

MappedFile::~MappedFile() {
  detail::unregister_mapping(registered_);
  if (!view_.empty()) ::munmap(view_.data(), view_.size());
}

}  // namespace torchhub::archive
