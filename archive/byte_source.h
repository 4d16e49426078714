#ifndef TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
#define TORCHHUB_ARCHIVE_BYTE_SOURCE_H_
// The two kinds of bytes that archives are read from. Both model archive::ByteSource.
//
//   archive::MappedFile file("model.pth");
//   archive::Parsed<archive::ZipDirectory> directory = archive::read_zip_directory(file.view());

#include <cstddef>
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
  std::span<std::byte> view_;
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
