#include <torchhub/archive/entry_name.h>
#include <torchhub/archive/shard_index.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace torchhub::archive {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFiles = 10'000;

Flaw damaged(std::string what) { return {errc::damaged_checkpoint, 0, std::move(what)}; }

}  // namespace

Parsed<ShardIndex> parse_shard_index(std::string_view text) {
  boost::system::error_code error;
  const json::value document = json::parse({text.data(), text.size()}, error);
  if (error) return damaged("the index is no JSON: " + error.message());
  const json::object* const root = document.if_object();
  const json::value* const map = root ? root->if_contains("weight_map") : nullptr;
  if (!map || !map->is_object()) return damaged("the index has no weight_map");

  std::map<std::string, std::size_t> files;
  for (const auto& [name, file] : map->as_object()) {
    if (!file.is_string()) return damaged("the index names a file by no text");
    const std::string path(file.as_string());
    const char* flaw = flaw_of_entry_name(path);
    if (!flaw && path.back() == '/') flaw = "is a folder";
    // What programs keep for themselves: a download of shards is not to write there.
    if (!flaw && path.find('/') != path.npos && ('/' + path).find("/.") != path.npos)
      flaw = "lies in a hidden folder";
    if (flaw) return damaged("the index names a file '" + path + "', which " + flaw);
    files.emplace(path, 0);
    if (files.size() > kMaxFiles)
      return Flaw{errc::limit_exceeded, 0, "the index names more than 10000 files"};
  }
  ShardIndex index;
  for (auto& [file, place] : files) {
    place = index.files.size();
    index.files.push_back(file);
  }
  for (const auto& [name, file] : map->as_object())
    index.file_of.emplace(std::string(name), files.at(std::string(file.as_string())));
  const json::value* const metadata = root->if_contains("metadata");
  const json::object* const values = metadata ? metadata->if_object() : nullptr;
  const json::value* const total = values ? values->if_contains("total_size") : nullptr;
  if (total && total->is_int64()) index.total_size = total->as_int64();
  return index;
}

std::filesystem::path shard_path(const std::filesystem::path& index, const std::string& file) {
  namespace fs = std::filesystem;
  const fs::path folder = index.parent_path();
  fs::path path = folder / file;
  if (file.find('/') == file.npos) return path;
  // What is not there yet leads nowhere.
  std::error_code unknown;
  const fs::path root = fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, unknown);
  const fs::path real = unknown ? fs::path() : fs::weakly_canonical(path.parent_path(), unknown);
  const auto [end, rest] = std::mismatch(root.begin(), root.end(), real.begin(), real.end());
  if (unknown || end != root.end())
    throw Error(errc::unsafe_name, index.string() + ": the index names a file '" + file +
                                       "', which a link leads out of the index's folder");
  return path;
}

}  // namespace torchhub::archive
