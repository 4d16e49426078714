#ifndef TORCHHUB_ARCHIVE_DETAIL_GROWING_FILE_H_
#define TORCHHUB_ARCHIVE_DETAIL_GROWING_FILE_H_
// A file that is written beside its place and renamed when it is whole.

#include <torchhub/archive/export.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace torchhub::archive::detail {

class TORCHHUB_ARCHIVE_EXPORT GrowingFile {
 public:
  /// Throws, as all functions here: archive::Error with the system's code.
  explicit GrowingFile(const std::filesystem::path& path);
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  /// Removes what was not published.
  ~GrowingFile();

  void write_at(std::span<const std::byte> bytes, std::uint64_t offset);

  /// Flushes the file and renames it into place.
  void publish();

  /// Where it will be.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::filesystem::path growing_;
  int descriptor_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_GROWING_FILE_H_
