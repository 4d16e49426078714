#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/error.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace torchhub::archive {
namespace {

[[noreturn]] void throw_errno(const std::filesystem::path& path, int error) {
  const boost::system::error_code code(error, boost::system::system_category());
  throw Error(code, path.string() + ": cannot be read: " + code.message());
}

struct Descriptor {
  int value;
  ~Descriptor() { ::close(value); }
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Not to wait for a writer, should the path be a pipe's.
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) throw_errno(path, errno);
  const Descriptor file{opened};
  struct stat status;
  if (::fstat(file.value, &status) != 0) throw_errno(path, errno);
  if (!S_ISREG(status.st_mode)) throw_errno(path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
  if (status.st_size == 0) return;
  const std::size_t size = static_cast<std::size_t>(status.st_size);
  void* const pages =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.value, 0);
  if (pages == MAP_FAILED) throw_errno(path, errno);
  view_ = {static_cast<std::byte*>(pages), size};
}

MappedFile::~MappedFile() {
  if (!view_.empty()) ::munmap(view_.data(), view_.size());
}

}  // namespace torchhub::archive
