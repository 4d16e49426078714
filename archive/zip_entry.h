#ifndef TORCHHUB_ARCHIVE_ZIP_ENTRY_H_
#define TORCHHUB_ARCHIVE_ZIP_ENTRY_H_
// What a zip archive holds, as its central directory lists it.
//
//   if (const archive::ZipEntry* entry = directory.find("archive/data.pkl")) std::cout << entry->size;

#include <torchhub/archive/lifetime.h>
#include <torchhub/archive/name_index.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive {

struct ZipEntry {
  enum class Kind : std::uint8_t { file, folder, symbolic_link };

  /// Checked by flaw_of_entry_name(), or as the EntryNames asked for allow; ends in '/' for a folder.
  /// Lies in the archive.
  std::string_view name;
  std::uint32_t crc32 = 0;  ///< of the uncompressed bytes; 0 where torch did not compute it
  Kind kind = Kind::file;
  bool deflated = false;    ///< else stored
  bool executable = false;  ///< the owner's execute bit, where the archive carries Unix modes
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t data_offset = 0;  ///< in bytes from the start of the archive
};

struct ZipDirectory {
  std::vector<ZipEntry> entries;  ///< in the directory's order
  std::string comment;            ///< GitHub writes the commit's id here
  /// Names that differ only in the case of ASCII letters, which some file systems take for one.
  std::vector<std::pair<std::string_view, std::string_view>> case_collisions;
  NameIndex by_name;  ///< places in `entries`

  /// The entry called `name`, or null.
  const ZipEntry* find(std::string_view name) const TORCHHUB_ARCHIVE_LIFETIME_BOUND {
    const auto found = by_name.find(name);
    return found ? &entries[*found] : nullptr;
  }
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ZIP_ENTRY_H_
