#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_STORAGE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_STORAGE_H_
// A storage that is an entry of a zip archive, in place or to be inflated.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <cstdint>

namespace torchhub::archive::detail {

/// The storage that is `entry`, without its location. One that is compressed costs nothing until
/// Checkpoint::storage_bytes() is asked for it.
inline StoredBytes storage_of_entry(CheckpointContents& contents, const ReaderInput& input,
                                    const ZipEntry& entry) {
  StoredBytes stored;
  stored.file = input.file;
  if (entry.deflated) {
    stored.deflated = static_cast<std::uint32_t>(contents.deflated.size());
    contents.deflated.push_back({input.bytes, entry, nullptr});
  } else {
    stored.bytes = raw_bytes(input.bytes, entry);
    stored.file_offset = input.base + entry.data_offset;
  }
  return stored;
}

/// Lets the archive's deflated storages be inflated in proportion to its bytes.
inline void allow_inflation(CheckpointContents& contents, const ReaderInput& input) {
  const std::uint64_t paid =
      input.compressed_bytes == 0 ? input.bytes.size() : input.compressed_bytes;
  contents.max_inflated_bytes = std::min(inflated_bytes_allowed(paid, contents.max_inflated_bytes),
                                         input.options.max_inflated_bytes());
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_ZIP_STORAGE_H_
