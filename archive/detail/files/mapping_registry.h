#ifndef TORCHHUB_ARCHIVE_DETAIL_FILES_MAPPING_REGISTRY_H_
#define TORCHHUB_ARCHIVE_DETAIL_FILES_MAPPING_REGISTRY_H_
// Which memory is a MappedFile's, for the handler of SIGBUS to ask. Signal-safe: a fixed table of
// atomics.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace torchhub::archive::detail {

struct RegisteredMapping {
  std::atomic<std::uintptr_t> begin = 0;  ///< 0: the place is free
  std::atomic<std::size_t> size = 0;
  std::atomic<bool> is_cut_off = false;
};

/// A place in the table for the mapping; null where no guard is installed, or the table is full.
RegisteredMapping* register_mapping(std::span<const std::byte> mapping);
void unregister_mapping(RegisteredMapping* mapping);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FILES_MAPPING_REGISTRY_H_
