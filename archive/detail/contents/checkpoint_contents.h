#ifndef TORCHHUB_ARCHIVE_DETAIL_CONTENTS_CHECKPOINT_CONTENTS_H_
#define TORCHHUB_ARCHIVE_DETAIL_CONTENTS_CHECKPOINT_CONTENTS_H_
// What a reader of one format fills: the one model that all formats have in common.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/name_index.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>
#include <torchhub/archive/zip_entry.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

/// A storage that lies compressed in a zip archive.
struct DeflatedBytes {
  std::span<const std::byte> archive;
  ZipEntry entry;
  std::unique_ptr<std::byte[]> inflated;  ///< once somebody has asked for it
};

struct StoredBytes {
  static constexpr std::uint32_t kNotDeflated = static_cast<std::uint32_t>(-1);

  std::span<const std::byte> bytes;  ///< in the file; of a deflated storage, none
  std::uint64_t file_offset = 0;
  std::uint32_t file = 0;
  std::string_view location;  ///< where torch had it: "cpu", "cuda:0", ...
  std::uint8_t swap = 1;      ///< bytes of what lies in the other byte order; 1 for nothing
  std::uint32_t deflated = kNotDeflated;  ///< its place among CheckpointContents::deflated
};

struct CheckpointContents {
  std::vector<std::shared_ptr<const void>> sources;         ///< keep the bytes alive
  std::vector<std::shared_ptr<const MappedFile>> mappings;  ///< those that are files
  std::vector<std::string> files;  ///< their names, as TensorInfo::file counts
  FileFormat format = FileFormat::unknown;
  Arena arena{std::size_t{8} << 20};
  Value root;
  std::vector<TensorInfo> tensors;
  std::vector<StoredBytes> storages;
  /// Bytes that all deflated storages together may be inflated to: some for any file, as weights may
  /// be all zeros, and the readers add what their archives' sizes allow.
  std::uint64_t max_inflated_bytes = std::uint64_t{128} << 20;
  std::vector<std::string> notes;  ///< what Checkpoint::notes() tells
  std::vector<UnreadValue> unread;
  bool is_big_endian = false;  ///< the storages, as they lie in the file

  // Made when first asked for.
  mutable std::once_flag index_once;
  mutable NameIndex index;
  mutable std::mutex swapped_mutex;  // of what follows
  mutable std::vector<DeflatedBytes> deflated;
  mutable std::uint64_t inflated_bytes = 0;
  mutable std::vector<std::optional<std::vector<std::byte>>> swapped;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_CONTENTS_CHECKPOINT_CONTENTS_H_
