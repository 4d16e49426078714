#ifndef TORCHHUB_ARCHIVE_SHARD_INDEX_H_
#define TORCHHUB_ARCHIVE_SHARD_INDEX_H_
// The index of a checkpoint in several files: model.safetensors.index.json,
// pytorch_model.bin.index.json.
//
//   archive::ShardIndex index = archive::parse_shard_index(text).value();
//   for (const std::string& file : index.files) ...
//
// Pure. Source: save_pretrained() of huggingface/transformers.

#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

struct ShardIndex {
  std::vector<std::string> files;              ///< each once, by name; in the index's folder
  std::map<std::string, std::size_t> file_of;  ///< by a tensor's name, its place in `files`
  std::optional<std::int64_t> total_size;      ///< what the writer says; nobody checks it
};

/// Flaws: errc::damaged_checkpoint for what is no such index, and for a file that is not named by a
/// single component of a path; errc::limit_exceeded for more than 10,000 files.
TORCHHUB_ARCHIVE_EXPORT Parsed<ShardIndex> parse_shard_index(std::string_view text);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_SHARD_INDEX_H_
