#ifndef TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
#define TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
// A URL's content into a file, hashed on the way, and published if it is what was expected.

#include <torchhub/hub/download_options.h>
#include <torchhub/hub/downloaded_file.h>
#include <torchhub/net/client.h>

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace torchhub::detail {

/// The digits in lower case, "" for none. Throws: cache::errc::bad_hash.
std::string checked_hash_prefix(std::string_view digits);

/// What to do with a file that is there by the time that nobody else makes it any more.
enum class Existing {
  replace_unless_same,  ///< it is kept if another process made it meanwhile and its hash fits
  keep,                 ///< DownloadedFile has its path and size only
};

/// Downloads `url` to `target`, of which one process at a time makes a new one. `prefix` comes from
/// checked_hash_prefix(). `on_begin` is called before the first request, if there is one.
/// Throws: cache::errc::hash_mismatch; net::Error; cache::Error. Nothing is published then.
boost::asio::awaitable<DownloadedFile> download_to(
    net::Client& client, std::string url, std::filesystem::path target, std::string prefix,
    DownloadToFileOptions options, Existing existing = Existing::replace_unless_same,
    std::function<void()> on_begin = nullptr);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
