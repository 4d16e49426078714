#ifndef TORCHHUB_ARCHIVE_DETAIL_CONTENTS_STORAGE_COPIES_H_
#define TORCHHUB_ARCHIVE_DETAIL_CONTENTS_STORAGE_COPIES_H_
// Storages that are not used where they lie: inflated, or turned into this machine's byte order.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

/// Each `swap` bytes in the other order.
inline std::vector<std::byte> swapped_copy(std::span<const std::byte> bytes, std::uint8_t swap) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  for (std::size_t at = 0; at + swap <= copy.size(); at += swap) {
    std::reverse(copy.begin() + static_cast<std::ptrdiff_t>(at),
                 copy.begin() + static_cast<std::ptrdiff_t>(at + swap));
  }
  return copy;
}

/// The bytes of a storage that is compressed, from the account of its checkpoint. The caller holds the mutex.
/// Throws: errc::limit_exceeded, and what read_entry() finds.
inline std::span<const std::byte> inflated_bytes(const CheckpointContents& contents,
                                                 const StoredBytes& stored) {
  DeflatedBytes& deflated = contents.deflated[stored.deflated];
  const std::uint64_t size = deflated.entry.size;
  if (!deflated.inflated) {
    if (size > contents.max_inflated_bytes - contents.inflated_bytes) {
      throw Error(errc::limit_exceeded,
                  "its compressed storages would be inflated to more than the " +
                      std::to_string(contents.max_inflated_bytes) + " bytes that are allowed");
    }
    // Not make_unique(), which would touch every page before there is something to put there.
    std::unique_ptr<std::byte[]> bytes(new std::byte[static_cast<std::size_t>(size)]);
    read_entry(deflated.archive, deflated.entry, {bytes.get(), static_cast<std::size_t>(size)});
    contents.inflated_bytes += size;
    deflated.inflated = std::move(bytes);
  }
  return {deflated.inflated.get(), static_cast<std::size_t>(size)};
}

/// Notes how many storages of the file `name` are compressed.
inline void note_compressed(CheckpointContents& contents, std::string_view name) {
  if (contents.deflated.empty()) return;
  std::uint64_t bytes = 0;
  for (const DeflatedBytes& deflated : contents.deflated) bytes += deflated.entry.size;
  contents.notes.push_back(
      std::string(name) + ": " + std::to_string(contents.deflated.size()) + " of its " +
      std::to_string(contents.storages.size()) +
      " storages are compressed, and inflated into memory when they are used (" +
      std::to_string(bytes) + " bytes)");
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_CONTENTS_STORAGE_COPIES_H_
