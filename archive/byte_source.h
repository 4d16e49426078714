#ifndef TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
#define TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
// The two kinds of bytes that archives are read from. Both model archive::ByteSource.
//
//   archive::MappedFile file("model.pth");
//   archive::Parsed<archive::ZipDirectory> directory = archive::read_zip_directory(file.view());

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

namespace torchhub::archive {

/// A file in memory, its pages read as they are touched. The mapping is private: whoever writes to
/// its pages gets copies of them, and the file stays as it is.
class MappedFile {
 public:
  /// Throws: archive::Error with the system's code. The file may be empty.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept : view_(std::exchange(other.view_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(view_, other.view_);
    return *this;
  }
  ~MappedFile();

  std::span<const std::byte> view() const { return view_; }

 private:
  friend class OpenFile;
  explicit MappedFile(std::span<std::byte> view) : view_(view) {}

  std::span<std::byte> view_;
};

/// A regular file that is open for reading, before and while it is mapped.
class OpenFile {
 public:
  /// Throws: archive::Error with the system's code.
  explicit OpenFile(const std::filesystem::path& path);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  MappedFile map() const;
  /// Whether all of `bytes` could be read from `offset` on.
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  const std::filesystem::path& path_;
  int descriptor_;
  std::size_t size_;
};

/// Bytes that the source owns.
class MemorySource {
 public:
  explicit MemorySource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::span<const std::byte> view() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
