#ifndef TORCHHUB_NET_DOWNLOADER_CONFIG_H_
#define TORCHHUB_NET_DOWNLOADER_CONFIG_H_
// Where requests may go and what is asked instead, in the format of Bazel's --downloader_config, so
// that a monorepo's own file serves programs too:
//
//     # Weights come from our own store.
//     rewrite download\.pytorch\.org/(.*) artifacts.example.com/pytorch/$1
//     allow artifacts.example.com
//     block *
//     all_blocked_message See example.com/downloads.
//
//   auto config = net::DownloaderConfig::parse(text, "downloader.cfg");
//   std::vector<net::Url> urls = config.amend(*net::Url::parse("https://download.pytorch.org/models/a.pth"));
//
// Pure, but for from_environment(). Source: Bazel's UrlRewriterConfig. A pattern is a regular
// expression (Boost.Regex's Perl syntax) that must match the whole URL after its scheme; directives
// apply in the order rewrite, allow, block; a host stands for those beneath it too.

#include <torchhub/net/export.h>
#include <torchhub/net/url.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::net {

class TORCHHUB_NET_EXPORT DownloaderConfig {
 public:
  /// Lets everything pass.
  DownloaderConfig() = default;

  /// The file that TORCHHUB_DOWNLOADER_CONFIG names; without the variable, the default.
  /// Throws: errc::bad_downloader_config where it can't be read or holds a line that is none.
  static DownloaderConfig from_environment();

  /// `name` is what an error calls the text. Throws: errc::bad_downloader_config.
  static DownloaderConfig parse(std::string_view text, std::string_view name);

  /// The URLs to ask instead of `url`, in order; the same one where no pattern matches.
  /// Throws: errc::blocked, with the all_blocked_message, where none is left; errc::invalid_url.
  std::vector<Url> amend(const Url& url) const;

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_DOWNLOADER_CONFIG_H_
