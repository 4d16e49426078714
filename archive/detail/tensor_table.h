#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSOR_TABLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSOR_TABLE_H_
// From a pickle's tree to a checkpoint's table: tensors by their path from the root, with their place
// in the file.

#include <torchhub/archive/detail/checkpoint_contents.h>
#include <torchhub/archive/detail/torch_world.h>

#include <string_view>

namespace torchhub::archive::detail {

/// Appends to `contents.tensors` the tensors of `root`, named below `prefix`: by the keys, the
/// places and the attributes that lead there, a module's as its state_dict() would. A value that holds itself
/// ends where it comes again. No two tensors get one name: where keys would lead to that, as 1 and "1" do,
/// the later one's has " (2)" after it. `contents.storages` has at `first_storage` and behind it what
/// `world` calls its storages. The world's own table may be moved from.
/// Throws: errc::limit_exceeded for values that are nested too deeply, or in each other beyond
/// counting; errc::damaged_pickle for a dict with a key twice; errc::damaged_checkpoint for a nested tensor
/// whose sizes are none. A lenient world's become contents.unread, but for the keys.
void add_tensors(CheckpointContents& contents, TorchWorld& world, Value root,
                 std::string_view prefix, std::size_t first_storage);

/// Sets `swap` of a storage whose bytes are in the other order, by the tensors over it.
/// Throws: errc::unsupported_format where they disagree.
void mark_swapped(CheckpointContents& contents);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSOR_TABLE_H_
