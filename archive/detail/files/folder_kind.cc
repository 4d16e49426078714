#include <torchhub/archive/detail/files/folder_kind.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

namespace torchhub::archive::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNames = 10'000;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  fs::directory_iterator entries(folder, failure);
  for (; !failure && entries != fs::directory_iterator() && names.size() < kMostNames;
       entries.increment(failure))
    names.push_back(entries->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string describe_folder(const fs::path& folder) {
  const std::vector<std::string> names = names_in(folder);
  const auto has = [&](std::string_view name) {
    return std::binary_search(names.begin(), names.end(), name);
  };
  const auto first_ending = [&](std::string_view ending) {
    return std::find_if(names.begin(), names.end(),
                        [&](const std::string& name) { return name.ends_with(ending); });
  };
  if (has(".metadata") || first_ending(".distcp") != names.end())
    return "the folder of a distributed checkpoint (.metadata and .distcp files), which is not "
           "read; "
           "torch.distributed.checkpoint.format_utils.dcp_to_torch_save makes one file of it";
  if (has("data.pkl") && (has("version") || has("data")))
    return "a checkpoint whose zip archive was unpacked; it is read once it is zipped again, "
           "stored "
           "and not compressed";
  if (has("saved_model.pb")) return "the folder of a TensorFlow SavedModel";
  for (const std::string_view ending :
       {".index.json", ".safetensors", ".bin", ".pth", ".pt", ".ckpt"}) {
    const auto found = first_ending(ending);
    if (found != names.end()) return "a folder, not a file; give a file in it, such as " + *found;
  }
  return "a folder, not a file";
}

}  // namespace torchhub::archive::detail
