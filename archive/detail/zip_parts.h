#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_PARTS_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_PARTS_H_
// read_zip_directory() in its two steps, for who has something else to do during the second.

#include <torchhub/archive/detail/zip_end.h>
#include <torchhub/archive/entry_name.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/zip_entry.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace torchhub::archive::detail {

/// What is needed beside an entry to check it against its local header.
struct CentralHeader {
  std::uint64_t header_offset = 0;
  std::uint16_t flags = 0;
};

struct UncheckedDirectory {
  ZipDirectory directory;  ///< without data_offset, case_collisions and by_name
  std::vector<CentralHeader> headers;
  std::uint64_t offset = 0;  ///< where the central directory begins
};

/// Reads bytes at an offset of the archive; false where it can't. Where entries are large, that is
/// cheaper than to touch a page of the mapping for each.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::byte> bytes)>;
/// What lies further apart, in bytes, is better read than touched.
inline constexpr std::uint64_t kFarApart = std::uint64_t{128} << 10;

Parsed<UncheckedDirectory> read_central_directory(std::span<const std::byte> archive,
                                                  EntryNames names = EntryNames::portable,
                                                  Trailing trailing = Trailing::refused);

/// Finds one entry's data; sets its data_offset.
std::optional<Flaw> check_local_header(std::span<const std::byte> archive,
                                       UncheckedDirectory& unchecked, std::size_t entry,
                                       const ReadAt& read_at);

/// All of them; no two may overlap or have one name.
std::optional<Flaw> check_directory(std::span<const std::byte> archive,
                                    UncheckedDirectory& unchecked, const ReadAt& read_at);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_PARTS_H_
