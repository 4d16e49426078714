#ifndef TORCHHUB_ARCHIVE_DETAIL_CONTENTS_SHARD_CHECK_H_
#define TORCHHUB_ARCHIVE_DETAIL_CONTENTS_SHARD_CHECK_H_
// Whether shards hold what their index says.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/shard_index.h>
#include <torchhub/archive/tensor_info.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace torchhub::archive::detail {

namespace shard_check_detail {

inline std::string note_of_left_out(const std::string& file,
                                    const std::vector<std::string_view>& names) {
  constexpr std::size_t kMost = 8;
  std::string note = file + ": holds what the index leaves out:";
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    note += (i > 0 ? ", '" : " '") + std::string(names[i]) + "'";
  if (names.size() > kMost) note += " and " + std::to_string(names.size() - kMost) + " more";
  return note;
}

}  // namespace shard_check_detail

/// Each tensor lies where the index says, and nowhere else. Those that it leaves out are noted: whoever
/// reads whole shards, as transformers does, has them too.
inline void check_against(const ShardIndex& index, CheckpointContents& contents,
                          const std::string& name) {
  std::size_t matched = 0;
  std::unordered_set<std::string_view> left_out;
  std::map<std::size_t, std::vector<std::string_view>> by_file;
  for (const TensorInfo& tensor : contents.tensors) {
    const auto found = index.file_of.find(std::string(tensor.name));
    const std::string& file = contents.files[tensor.file];
    if (found == index.file_of.end()) {
      if (!left_out.insert(tensor.name).second)
        throw Error(errc::damaged_checkpoint, name + ": the tensor '" + std::string(tensor.name) +
                                                  "' is there twice, and not in the index");
      by_file[tensor.file].push_back(tensor.name);
      continue;
    }
    if (found->second != tensor.file)
      throw Error(errc::damaged_checkpoint, name + ": the tensor '" + std::string(tensor.name) +
                                                "' lies in " + file + ", not where the index says");
    ++matched;
  }
  for (const auto& [file, names] : by_file)
    contents.notes.push_back(shard_check_detail::note_of_left_out(contents.files[file], names));
  if (matched == index.file_of.size()) return;
  std::unordered_set<std::string_view> present;
  for (const TensorInfo& tensor : contents.tensors) present.insert(tensor.name);
  for (const auto& [tensor, file] : index.file_of) {
    if (!present.contains(tensor))
      throw Error(errc::damaged_checkpoint, name + ": the tensor '" + tensor + "' is not in " +
                                                index.files[file] + ", where the index says");
  }
  throw Error(errc::damaged_checkpoint, name + ": a tensor is there twice");
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_CONTENTS_SHARD_CHECK_H_
