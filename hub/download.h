#ifndef TORCHHUB_HUB_DOWNLOAD_H_
#define TORCHHUB_HUB_DOWNLOAD_H_
// torch.hub.download_url_to_file.
//
//   torchhub::download_url_to_file("https://example.com/resnet18-f37072fd.pth", "weights.pth",
//                                  torchhub::DownloadToFileOptions().hash_prefix("f37072fd"));

#include <torchhub/hub/context.h>
#include <torchhub/hub/downloaded_file.h>
#include <torchhub/net/download_options.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub {

class DownloadToFileOptions {
 public:
  DownloadToFileOptions() = default;

  /// The file's SHA-256, or how it begins: 1 to 64 hexadecimal digits, in either case. Default:
  /// none.
  DownloadToFileOptions& hash_prefix(std::string value) {
    hash_prefix_ = std::move(value);
    return *this;
  }
  const std::string& hash_prefix() const { return hash_prefix_; }

  /// Who is told of the progress; borrowed. Default: nobody.
  template <net::Observer T>
  DownloadToFileOptions& observer(T& value) {
    observer_ = net::ObserverRef(value);
    return *this;
  }
  const net::ObserverRef& observer() const { return observer_; }

 private:
  std::string hash_prefix_;
  net::ObserverRef observer_;
};

/// Downloads `url` to `path`, which appears complete and verified or not at all; a file that is
/// there is replaced. `path`'s folder must exist.
/// Throws: cache::errc::bad_hash before any request; cache::errc::hash_mismatch; net::Error;
///   cache::Error.
DownloadedFile download_url_to_file(std::string_view url, const std::filesystem::path& path,
                                    const DownloadToFileOptions& options = DownloadToFileOptions(),
                                    const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_DOWNLOAD_H_
