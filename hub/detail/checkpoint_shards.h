#ifndef TORCHHUB_HUB_DETAIL_CHECKPOINT_SHARDS_H_
#define TORCHHUB_HUB_DETAIL_CHECKPOINT_SHARDS_H_
// A checkpoint in several files, by the URL of its index: which files, and where they belong.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::detail {

/// Whether a file of this name is the index of a checkpoint in several files.
bool is_shard_index(std::string_view file_name);

/// The folder below that of the checkpoints for an index whose URL has this path, and for its shards: their
/// names, model-00001-of-00002.safetensors, are those of many models.
std::string shard_folder(std::string_view path_of_url);

struct Shard {
  std::string url;  ///< beside the index's or below, without its query (RFC 3986 section 5)
  std::filesystem::path file;  ///< beside the index's or below
};

/// The shards that the file `index` names, which came from `url`. None where its name is no index's, or its
/// content, of which archive::open_checkpoint then says what is wrong.
/// Throws: net::errc::invalid_url; archive::Error where the file cannot be read, and where a shard's folder
///   is a link out of the index's.
std::vector<Shard> shards_of(std::string_view url, const std::filesystem::path& index);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_CHECKPOINT_SHARDS_H_
