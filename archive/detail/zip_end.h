#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_END_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_END_H_
// A zip's end records, where its reading begins: numbers are sections of PKWARE's APPNOTE.

#include <torchhub/archive/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace torchhub::archive::detail {

/// Where the central directory lies, from the end record or its 64-bit form.
struct ZipEnd {
  std::uint64_t entries;
  std::uint64_t directory_offset;
  std::uint64_t directory_size;
  std::uint64_t offset;  ///< of the first of the end records
  std::string comment;
};

/// Whether bytes may follow the end record and its comment, as torch, zipfile and unzip have it.
enum class Trailing { refused, passed_over };

/// The one end record that fits the file; errc::not_a_zip if there is none, or more than one. What is
/// passed over has at most 65,535 bytes, and no end record's signature is in it.
Parsed<ZipEnd> find_zip_end(std::span<const std::byte> archive,
                            Trailing trailing = Trailing::refused);

/// Whether zipfile would take a file for a zip archive by its end, whatever it begins with: torch.hub
/// unpacks such a checkpoint and loads what is in it.
bool ends_as_zip(std::span<const std::byte> file);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_END_H_
