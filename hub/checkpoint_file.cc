#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/net/url.h>

namespace torchhub {
namespace {

// The digest to expect by the file's name, "" where none is to be checked.
std::string expected_hash(const std::string& name, bool check_hash) {
  if (!check_hash) return "";
  const auto prefix = cache::hash_prefix_of_name(name);
  if (!prefix) {
    throw cache::Error(cache::errc::no_hash_in_name,
                       "\"" + name +
                           "\" has no -<hash>. part of at least 8 hexadecimal digits, so its hash "
                           "cannot be checked");
  }
  return *prefix;
}

}  // namespace

std::filesystem::path get_checkpoint_file(std::string_view url,
                                          const CheckpointFileOptions& options,
                                          const Context& context) {
  std::string name = options.file_name();
  if (name.empty()) {
    const auto from_url = cache::checkpoint_name(url);
    if (!from_url)
      throw cache::Error(from_url.error(),
                         "\"" + net::redact_url(url) + "\" does not end in a file name");
    name = *from_url;
  }
  const std::string expected = expected_hash(name, options.check_hash());
  const std::filesystem::path folder =
      options.model_dir().empty() ? context.paths().checkpoints() : options.model_dir();
  const std::filesystem::path file = folder / name;
  std::error_code absent;
  if (std::filesystem::exists(file, absent)) return file;
  cache::make_folders(folder);
  cache::PartFile part(file);
  // Whoever held the part before may have finished it.
  if (std::filesystem::exists(file, absent)) return file;
  context.message("Downloading: \"" + net::redact_url(url) + "\" to " + file.string());
  return detail::download_into(part, std::string(url), expected, options.observer(), context).path;
}

}  // namespace torchhub
