#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/shard_index.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/detail/checkpoint_shards.h>
#include <torchhub/net/error.h>
#include <torchhub/net/url.h>

#include <span>

namespace torchhub::detail {

bool is_shard_index(std::string_view file_name) { return file_name.ends_with(".index.json"); }

std::string shard_folder(std::string_view path_of_url) {
  constexpr std::size_t kDigits = 16;
  cache::Sha256 digest;
  digest.update(std::as_bytes(std::span(path_of_url)));
  return "sharded-" + cache::to_hex(digest.finish()).substr(0, kDigits);
}

std::vector<Shard> shards_of(std::string_view url, const std::filesystem::path& index) {
  if (!is_shard_index(index.filename().string())) return {};
  const archive::MappedFile file(index);
  const auto parsed = archive::parse_shard_index(
      {reinterpret_cast<const char*>(file.view().data()), file.view().size()});
  if (!parsed) return {};
  std::vector<Shard> shards;
  for (const std::string& name : parsed->files) {
    const auto beside = net::url_beside(url, name);
    if (!beside) throw net::Error(beside.error(), net::redact_url(url));
    shards.push_back({*beside, archive::shard_path(index, name)});
  }
  return shards;
}

}  // namespace torchhub::detail
