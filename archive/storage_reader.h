#ifndef TORCHHUB_ARCHIVE_STORAGE_READER_H_
#define TORCHHUB_ARCHIVE_STORAGE_READER_H_
// Reads whole storages of a checkpoint into memory of the caller's, with large reads in parallel and
// not through the mapping: for slow and shared disks, and for who wants everything in memory.
//
//   if (archive::is_on_network(path))
//     archive::read_storages(checkpoint, {{&tensor, buffer}});

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/export.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace torchhub::archive {

struct StorageRead {
  const TensorInfo* tensor = nullptr;  ///< whose storage is read, from its beginning
  /// Of the size of Checkpoint::storage_bytes(*tensor), or, where the storage lies in a file as it is,
  /// longer: what follows in the file comes too, other storages among it.
  std::span<std::byte> target;
};

/// Reads the storages, with up to `threads` threads; 0 for as many as the machine has, at most eight.
/// Bytes that lie in no file, or in one that was replaced since, are copied from where they are.
/// Throws: errc::file_changed where a file ends before; the system's codes.
TORCHHUB_ARCHIVE_EXPORT void read_storages(const Checkpoint& checkpoint,
                                           const std::vector<StorageRead>& reads,
                                           unsigned threads = 0);

/// Whether the file lies on a file system of another machine, or one that a program of the user's
/// serves (FUSE): there, a mapping's small reads are slow, and fail by SIGBUS.
/// False where that cannot be told.
TORCHHUB_ARCHIVE_EXPORT bool is_on_network(const std::filesystem::path& path);

/// Whether `type`, of statfs(2), is such a file system's. Pure.
TORCHHUB_ARCHIVE_EXPORT bool is_network_file_system(long type);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_STORAGE_READER_H_
