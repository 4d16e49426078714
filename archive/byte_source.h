#ifndef TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
#define TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
// The bytes that archives are read from. Each kind models archive::ByteSource.
//
//   archive::MappedFile file("model.pth");
//   std::span<const std::byte> bytes = file.view();     // pages are read as they are touched

#include <torchhub/archive/concepts.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/lifetime.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace torchhub::archive {

namespace detail {
struct RegisteredMapping;
}

/// A file in memory, its pages read as they are touched. The mapping is private: whoever writes to
/// its pages gets copies of them, and the file stays as it is.
class TORCHHUB_ARCHIVE_EXPORT MappedFile {
 public:
  /// Throws: archive::Error with the system's code. The file may be empty.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept
      : view_(std::exchange(other.view_, {})),
        device_(other.device_),
        inode_(other.inode_),
        registered_(std::exchange(other.registered_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(view_, other.view_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    std::swap(registered_, other.registered_);
    return *this;
  }
  ~MappedFile();

  std::span<const std::byte> view() const TORCHHUB_ARCHIVE_LIFETIME_BOUND { return view_; }

  /// False once a page was read that the file does not have any more; of such pages the view shows
  /// zeros. Always true without install_truncation_guard(), where the process ends instead.
  bool is_intact() const;

 private:
  friend class OpenFile;
  MappedFile(std::span<std::byte> view, std::uint64_t device, std::uint64_t inode);

  std::span<std::byte> view_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  detail::RegisteredMapping* registered_ = nullptr;
};

/// A regular file that is open for reading, before and while it is mapped.
class TORCHHUB_ARCHIVE_EXPORT OpenFile {
 public:
  /// Throws: archive::Error with the system's code.
  explicit OpenFile(const std::filesystem::path& path);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  MappedFile map() const;
  /// Whether `mapped` shows this file, and not another that had its path.
  bool is_mapped_by(const MappedFile& mapped) const;
  std::size_t size() const { return size_; }
  /// Whether all of `bytes` could be read from `offset` on.
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  std::filesystem::path path_;
  int descriptor_;
  std::size_t size_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
};

/// Bytes that the source owns.
class MemorySource {
 public:
  explicit MemorySource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::span<const std::byte> view() const TORCHHUB_ARCHIVE_LIFETIME_BOUND { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

/// All bytes of a file, copied into memory: for files that may be cut off or rewritten in place.
/// Throws: archive::Error with the system's code.
TORCHHUB_ARCHIVE_EXPORT MemorySource read_file(const std::filesystem::path& path);

/// A piece of another source, such as a checkpoint inside a larger file.
template <ByteSource Source>
class RangeSource {
 public:
  /// Throws: std::out_of_range where the source ends before.
  RangeSource(Source source, std::size_t offset, std::size_t size)
      : source_(std::move(source)), offset_(offset), size_(size) {
    const std::size_t all = source_.view().size();
    if (offset > all || size > all - offset)
      throw std::out_of_range("a range reaches beyond the end of its source");
  }

  std::span<const std::byte> view() const TORCHHUB_ARCHIVE_LIFETIME_BOUND {
    return source_.view().subspan(offset_, size_);
  }

 private:
  Source source_;
  std::size_t offset_;
  std::size_t size_;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
