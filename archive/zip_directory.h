#ifndef TORCHHUB_ARCHIVE_ZIP_DIRECTORY_H_
#define TORCHHUB_ARCHIVE_ZIP_DIRECTORY_H_
// A zip archive's central directory, checked against the rest of the file.
//
//   archive::MappedFile file("model.pth");
//   archive::ZipDirectory zip = archive::read_zip_directory(file.view()).value();
//   for (const archive::ZipEntry& entry : zip.entries) std::cout << entry.name << "\n";
//
// Pure. Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.4. An archive has one reading here: where
// two readers could disagree (a second end record, a local header with another name, entries that
// overlap, a name twice, bytes after the end), it is refused.

#include <torchhub/archive/entry_name.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/lifetime.h>
#include <torchhub/archive/zip_entry.h>

#include <cstddef>
#include <span>

namespace torchhub::archive {

/// Reads and checks the directory of the zip archive that is all of `archive`, which must outlive it.
/// Names stay as they are in the archive, whatever they are written in.
/// Flaws: errc::not_a_zip, damaged_zip, unsafe_name, unsupported_entry.
TORCHHUB_ARCHIVE_EXPORT Parsed<ZipDirectory> read_zip_directory(
    std::span<const std::byte> archive TORCHHUB_ARCHIVE_LIFETIME_BOUND,
    EntryNames names = EntryNames::portable);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ZIP_DIRECTORY_H_
