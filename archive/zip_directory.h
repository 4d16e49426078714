#ifndef TORCHHUB_ARCHIVE_ZIP_DIRECTORY_H_
#define TORCHHUB_ARCHIVE_ZIP_DIRECTORY_H_
// A zip archive's central directory, checked against the rest of the file.
//
//   archive::MappedFile file("model.pth");
//   archive::ZipDirectory zip = archive::read_zip_directory(file.view()).value();
//   for (const archive::ZipEntry& entry : zip.entries) ...
//
// Pure. Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.4. An archive has one reading here: where
// two readers could disagree (a second end record, a local header with another name, entries that
// overlap, a name twice, bytes after the end), it is refused.

#include <torchhub/archive/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive {

struct ZipEntry {
  enum class Kind { file, folder, symbolic_link };

  /// Checked by flaw_of_entry_name(); ends in '/' for a folder. Lies in the archive.
  std::string_view name;
  Kind kind = Kind::file;
  bool deflated = false;    ///< else stored
  bool executable = false;  ///< the owner's execute bit, where the archive carries Unix modes
  std::uint32_t crc32 = 0;  ///< of the uncompressed bytes; 0 where torch did not compute it
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t data_offset = 0;  ///< in bytes from the start of the archive
};

struct ZipDirectory {
  std::vector<ZipEntry> entries;  ///< in the directory's order
  std::string comment;            ///< GitHub writes the commit's id here
  /// Names that differ only in the case of ASCII letters, which some file systems take for one.
  std::vector<std::pair<std::string_view, std::string_view>> case_collisions;
};

/// Reads and checks the directory of the zip archive that is all of `archive`, which must outlive it.
/// Flaws: errc::not_a_zip, damaged_zip, unsafe_name, unsupported_entry.
Parsed<ZipDirectory> read_zip_directory(std::span<const std::byte> archive);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ZIP_DIRECTORY_H_
