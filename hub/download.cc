#include <torchhub/cache/part_file.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/hub/download.h>

namespace torchhub {

DownloadedFile download_url_to_file(std::string_view url, const std::filesystem::path& path,
                                    const DownloadToFileOptions& options, const Context& context) {
  const std::string prefix = detail::checked_hash_prefix(options.hash_prefix());
  if (std::filesystem::is_directory(path)) {
    const boost::system::error_code code(EISDIR, boost::system::system_category());
    throw cache::Error(code, path.string() + ": cannot be written: " + code.message());
  }
  cache::PartFile part(path);
  return detail::download_into(part, std::string(url), prefix, options.observer(), context);
}

}  // namespace torchhub
