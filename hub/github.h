#ifndef TORCHHUB_HUB_GITHUB_H_
#define TORCHHUB_HUB_GITHUB_H_
// What is asked of GitHub, or of a server that answers as it does.
//
//   torchhub::Github github(client, context.github());
//   std::string ref = co_await github.default_ref("acme", "digits");       // main
//   co_await github.check_ref({"acme", "digits", ref});
//   std::string url = github.zipball_url({"acme", "digits", ref});
//
// Source: torch/hub.py of PyTorch 2.13, and GitHub's REST API ("List branches", "List repository
// tags").

#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/context.h>
#include <torchhub/net/client.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/fetch.h>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>

namespace torchhub {

/// A coroutine of this class must end before the object does.
class Github {
 public:
  Github(net::Client& client, GithubEndpoints endpoints)
      : client_(client), endpoints_(std::move(endpoints)) {}

  /// "main" if the repository has such a branch, else "master", as torch.hub has it.
  /// Throws: net::Error for any answer but yes and no.
  boost::asio::awaitable<std::string> default_ref(std::string owner, std::string name);

  /// Makes sure that `key.ref` is a branch, a tag or the commit of one of this repository, and not
  /// only of a fork, whose commits GitHub would serve under this name too.
  /// Throws: errc::no_such_repository, errc::no_such_ref, errc::rate_limited, errc::bad_answer;
  ///   net::Error.
  boost::asio::awaitable<bool> check_ref(cache::RepositoryKey key);

  /// Where the repository's zip archive lies. It may answer with redirects.
  std::string zipball_url(const cache::RepositoryKey& key) const;

  /// What a request to this server carries: the token, if there is one.
  net::DownloadOptions request_options() const;

 private:
  boost::asio::awaitable<bool> is_listed(std::string kind, cache::RepositoryKey key);
  boost::asio::awaitable<net::Answer> ask_api(std::string url);
  net::DownloadOptions api_options(bool with_token) const;

  net::Client& client_;
  GithubEndpoints endpoints_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_GITHUB_H_
