#include <torchhub/cache/checkpoint_name.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/hash_prefix.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/net/url.h>

#include <algorithm>

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

// The caller's name, which stays below the folder, or the URL's.
std::string file_name(std::string_view url, const std::string& chosen) {
  if (chosen.empty()) {
    const auto from_url = cache::checkpoint_name(url);
    if (from_url) return *from_url;
    throw cache::Error(from_url.error(),
                       "\"" + net::redact_url(url) + "\" does not end in a file name");
  }
  const std::filesystem::path path = chosen;
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
    throw cache::Error(cache::errc::bad_name,
                       "\"" + chosen + "\" does not name a file inside the folder");
  }
  return chosen;
}

}  // namespace

std::filesystem::path get_checkpoint_file(std::string_view url,
                                          const CheckpointFileOptions& options,
                                          const Context& context) {
  const std::string name = file_name(url, options.file_name());
  const std::string expected = expected_hash(name, options.check_hash());
  const std::filesystem::path folder =
      options.model_dir().empty() ? context.paths().checkpoints() : options.model_dir();
  std::filesystem::path file = folder / name;
  std::error_code absent;
  if (std::filesystem::exists(file, absent)) return file;
  cache::make_folders(folder);
  detail::Session session(context.client_options());
  DownloadToFileOptions download;
  download.observer(options.observer());
  const auto on_begin = [&] {
    context.message("Downloading: \"" + net::redact_url(url) + "\" to " + file.string());
  };
  // Whoever held the part before may have finished it.
  return session
      .run(detail::download_to(session.client(), std::string(url), file, expected, download,
                               detail::Existing::keep, on_begin),
           options.stop())
      .path;
}

}  // namespace torchhub
