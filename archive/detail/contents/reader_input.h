#ifndef TORCHHUB_ARCHIVE_DETAIL_CONTENTS_READER_INPUT_H_
#define TORCHHUB_ARCHIVE_DETAIL_CONTENTS_READER_INPUT_H_
// One reader for each format. Each fills the same CheckpointContents, whose sources keep `input.bytes`
// alive, and throws archive::Error without the file's name.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/torch/torch_world.h>
#include <torchhub/archive/detail/zip/zip_parts.h>
#include <torchhub/archive/open_options.h>
#include <torchhub/archive/zip_entry_reader.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

struct ReaderInput {
  std::span<const std::byte> bytes;
  const OpenOptions& options;
  std::vector<GlobalUse>* uses = nullptr;  ///< where to write down every global; null for nowhere
  std::uint32_t file = 0;                  ///< the number of the file that holds the bytes
  std::uint64_t base = 0;                  ///< where in the file they begin
  std::string_view prefix = {};            ///< of all tensors' names
  int depth = 0;                           ///< of checkpoints inside checkpoints
  ReadAt read_at = {};  ///< reads at an offset of `bytes`; empty where they are not those of a file
  /// Bytes of the file that `bytes` were inflated from; 0 where they lie in it as they are. What is read
  /// may cost memory in proportion to these alone.
  std::uint64_t compressed_bytes = 0;

  /// Of one pickle, or another format's table.
  std::size_t max_pickle_bytes() const {
    if (compressed_bytes == 0) return options.max_pickle_bytes();
    return std::min(options.max_pickle_bytes(),
                    static_cast<std::size_t>(inflated_bytes_allowed(compressed_bytes)));
  }

  WorldOptions world() const {
    WorldOptions world;
    world.is_lenient = options.lenient();
    world.uses = uses;
    return world;
  }
};

/// Recognises the format and reads it.
void read_checkpoint(CheckpointContents& contents, const ReaderInput& input);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_CONTENTS_READER_INPUT_H_
