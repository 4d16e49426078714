#ifndef TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
#define TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
// A URL's content into a file: from a store that has it, else from the URL itself; hashed on the way,
// published if it is what was expected, and offered to the stores.

#include <torchhub/hub/context.h>
#include <torchhub/hub/detail/expected_content.h>
#include <torchhub/hub/download_options.h>
#include <torchhub/hub/downloaded_file.h>
#include <torchhub/net/client.h>

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace torchhub::detail {

struct VerifiedDownload {
  VerifiedDownload() = default;

  std::string url;
  std::filesystem::path target;
  ExpectedContent expected;
  DownloadToFileOptions options;
  /// Asked once no other process makes the target any more: whether the file that is there will do.
  /// `has_waited` says that another process did make it. A file that does is not read: its digest is
  /// not told.
  std::function<bool(bool has_waited)> is_good_already = [](bool) { return false; };
  /// Called with the file that came and fits what was expected, before it is published; it may move it
  /// away. What it throws ends the download, and nothing is published.
  std::function<void(const std::filesystem::path& part)> on_received =
      [](const std::filesystem::path&) {};
  /// Called before the first request to the URL, if there is one.
  std::function<void()> on_begin = [] {};
};

/// One process at a time makes a new file of `wanted.target`. `context` is borrowed. While another
/// process is waited for, the context is told so.
/// Throws: errc::offline; cache::errc::hash_mismatch, errc::pin_mismatch; net::Error; cache::Error.
/// Nothing is published then.
boost::asio::awaitable<DownloadedFile> download_to(net::Client& client, const Context& context,
                                                   VerifiedDownload wanted);

/// Throws errc::offline, naming what is missing, if nothing may be fetched.
void require_online(const Context& context, const std::string& missing);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_VERIFIED_DOWNLOAD_H_
