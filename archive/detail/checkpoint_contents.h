#ifndef TORCHHUB_ARCHIVE_DETAIL_CHECKPOINT_CONTENTS_H_
#define TORCHHUB_ARCHIVE_DETAIL_CHECKPOINT_CONTENTS_H_
// What a reader of one format fills: the one model that all formats have in common.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/detail/arena.h>
#include <torchhub/archive/detail/name_index.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

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

struct StoredBytes {
  std::span<const std::byte> bytes;  ///< in the file
  std::uint64_t file_offset = 0;
  std::uint32_t file = 0;
  std::string_view location;  ///< where torch had it: "cpu", "cuda:0", ...
  std::uint8_t swap = 1;      ///< bytes of what lies in the other byte order; 1 for nothing
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
  std::vector<UnreadValue> unread;
  bool is_big_endian = false;  ///< the storages, as they lie in the file

  // Made when first asked for.
  mutable std::once_flag index_once;
  mutable NameIndex index;
  mutable std::mutex swapped_mutex;
  mutable std::vector<std::optional<std::vector<std::byte>>> swapped;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_CHECKPOINT_CONTENTS_H_
