#ifndef TORCHHUB_ARCHIVE_SHARD_INDEX_H_
#define TORCHHUB_ARCHIVE_SHARD_INDEX_H_
// The index of a checkpoint in several files: model.safetensors.index.json,
// pytorch_model.bin.index.json.
//
//   archive::ShardIndex index = archive::parse_shard_index(text).value();
//   for (const std::string& file : index.files) std::cout << file << "\n";
//
// Source: save_pretrained() of huggingface/transformers.

#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

struct ShardIndex {
  std::vector<std::string> files;  ///< each once, by name; paths below the index's folder
  std::map<std::string, std::size_t> file_of;  ///< by a tensor's name, its place in `files`
  std::optional<std::int64_t> total_size;      ///< what the writer says; nobody checks it
};

/// Flaws: errc::damaged_checkpoint for what is no such index, and for a file that is not named by a
/// path below the index's folder; errc::limit_exceeded for more than 10,000 files.
/// Pure.
TORCHHUB_ARCHIVE_EXPORT Parsed<ShardIndex> parse_shard_index(std::string_view text);

/// Where `file`, one of ShardIndex::files, lies for the index at `index`. A shard may be a link to
/// anywhere, as in the caches of huggingface_hub; the folders that lead to it may not.
/// Throws: errc::unsafe_name for a folder that is a link out of the index's.
TORCHHUB_ARCHIVE_EXPORT std::filesystem::path shard_path(const std::filesystem::path& index,
                                                         const std::string& file);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_SHARD_INDEX_H_
