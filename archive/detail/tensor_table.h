#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSOR_TABLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSOR_TABLE_H_
// From a pickle's tree to a checkpoint's table: tensors by their path from the root, with their place
// in the file.

#include <torchhub/archive/detail/checkpoint_contents.h>
#include <torchhub/archive/detail/torch_world.h>

#include <string_view>

namespace torchhub::archive::detail {

/// Appends to `contents.tensors` the tensors of `root`, named below `prefix`. `contents.storages` has
/// at `first_storage` and behind it what `world` calls its storages. The world's own table may be
/// moved from.
/// Throws: errc::limit_exceeded for values that are nested without end; errc::damaged_pickle for a
/// dict with a key twice.
void add_tensors(CheckpointContents& contents, TorchWorld& world, Value root,
                 std::string_view prefix, std::size_t first_storage);

/// Sets `swap` of a storage whose bytes are in the other order, by the tensors over it.
/// Throws: errc::unsupported_format where they disagree.
void mark_swapped(CheckpointContents& contents);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSOR_TABLE_H_
