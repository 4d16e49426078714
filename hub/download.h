#ifndef TORCHHUB_HUB_DOWNLOAD_H_
#define TORCHHUB_HUB_DOWNLOAD_H_
// torch.hub.download_url_to_file, for one file and for many.
//
//   torchhub::download_url_to_file("https://example.com/resnet18-f37072fd.pth", "weights.pth",
//                                  torchhub::DownloadToFileOptions().hash_prefix("f37072fd"));

#include <torchhub/hub/context.h>
#include <torchhub/hub/download_options.h>
#include <torchhub/hub/downloaded_file.h>
#include <torchhub/hub/export.h>

#include <exception>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub {

/// Downloads `url` to `path`, in a folder that exists, and replaces a file that is there or, if there
/// is a symbolic link, the one that it leads to; nothing else is replaced. The file appears
/// under its name only when it is whole and its hash is as expected; until then it grows beside it,
/// as PATH.torchhub-part, and the next call goes on with that. A file that is there and has the hash
/// that is asked for is left as it is. Of several processes that do this at once, one works and the
/// others wait; with a hash, they find the file then.
/// Throws: cache::errc::bad_hash, and permission_denied for a read-only file, before any request;
///   cache::errc::hash_mismatch; net::Error; cache::Error. There is no file then, or the one that was.
TORCHHUB_EXPORT DownloadedFile
download_url_to_file(std::string_view url, const std::filesystem::path& path,
                     const DownloadToFileOptions& options = DownloadToFileOptions(),
                     const Context& context = Context::from_environment());

/// One of several downloads.
struct FileDownload {
  FileDownload() = default;

  std::string url;
  std::filesystem::path path;
  DownloadToFileOptions options;  ///< its stop() does not count
};

/// What came of it.
struct FileOutcome {
  FileOutcome() = default;

  DownloadedFile file;
  std::exception_ptr failure;  ///< what download_url_to_file would have thrown; empty for a success
};

/// download_url_to_file for each of `files`, over one pool of connections: a file that was begun is
/// finished before others get them. A few are begun at a time, however many there are: as many as the
/// process may have files open, sixteen at most. One that fails does not stop the others. In the order of
/// `files`.
TORCHHUB_EXPORT std::vector<FileOutcome> download_files(
    std::vector<FileDownload> files, std::stop_token stop = {},
    const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_DOWNLOAD_H_
