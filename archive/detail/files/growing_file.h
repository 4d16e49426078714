#ifndef TORCHHUB_ARCHIVE_DETAIL_FILES_GROWING_FILE_H_
#define TORCHHUB_ARCHIVE_DETAIL_FILES_GROWING_FILE_H_
// A file that is written beside its place and renamed when it is whole.
//
// A rename replaces whatever has the name, a device as well as a file. As with the shell's `>`, the file
// that a symbolic link leads to is replaced if the link is one of this user's or root's: another user
// could have chosen where it leads.

#include <torchhub/archive/read_only_file.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace torchhub::archive::detail {

class GrowingFile {
 public:
  /// Throws, as all functions here: archive::Error with the system's code; is_a_directory, and
  /// operation_not_permitted for a device, a FIFO, a socket and another user's link.
  GrowingFile(const std::filesystem::path& path, ReadOnlyFile read_only);
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  /// Removes what was not published.
  ~GrowingFile();

  void write_at(std::span<const std::byte> bytes, std::uint64_t offset);

  /// Flushes the file and renames it into place.
  void publish();

  /// Where it will be, by the name that was asked for.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::filesystem::path place_;  // where a link leads
  std::filesystem::path growing_;
  int descriptor_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FILES_GROWING_FILE_H_
