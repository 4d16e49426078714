#ifndef TORCHHUB_HUB_GITHUB_H_
#define TORCHHUB_HUB_GITHUB_H_
// What is asked of GitHub, or of a server that answers as it does.
//
//   torchhub::Github github(client, context.github());
//   torchhub::DefaultRef ref = co_await github.default_ref("acme", "digits");       // main
//   co_await github.check_ref({"acme", "digits", "v1"});
//   std::string url = github.zipball_url({"acme", "digits", "v1"});
//
// Source: torch/hub.py of PyTorch 2.13, which pages through all branches and tags; GitHub's REST API
// ("Get a repository", "Get a reference", "Compare two commits"); and the page behind a commit's list of
// branches on the web, which no API has.

#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/net/client.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/fetch.h>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <utility>

namespace torchhub {

/// What a repository without a ref means.
struct DefaultRef {
  DefaultRef() = default;
  DefaultRef(std::string ref_name, bool is_branch_for_sure)
      : name(std::move(ref_name)), is_checked(is_branch_for_sure) {}

  std::string name;
  bool is_checked = false;  ///< the server said that it is there
};

/// A coroutine of this class must end before the object does.
class TORCHHUB_EXPORT Github {
 public:
  Github(net::Client& client, GithubEndpoints endpoints)
      : client_(client), endpoints_(std::move(endpoints)) {}

  /// The repository's default branch, by one request to the API. Where that can't be asked: "main" if
  /// the web has such a branch, else "master", as torch.hub has it.
  /// Throws: errc::rate_limited, net::Error where the web can't be asked either.
  boost::asio::awaitable<DefaultRef> default_ref(std::string owner, std::string name);

  /// Makes sure that `key.ref` is a branch, a tag or a commit of this repository, and not only of a
  /// fork, whose commits GitHub would serve under this name too. A branch costs one request, a tag two,
  /// a commit of the default branch, whatever its age, one.
  /// Throws: errc::no_such_repository, errc::no_such_ref, errc::rate_limited, errc::bad_answer;
  ///   net::Error.
  boost::asio::awaitable<bool> check_ref(cache::RepositoryKey key);

  /// Where the repository's zip archive lies. It may answer with redirects.
  std::string zipball_url(const cache::RepositoryKey& key) const;

  /// What a request to this server carries: the token, if there is one.
  net::DownloadOptions request_options(bool with_token = true) const;

  bool has_token() const { return !endpoints_.token.empty(); }
  /// Whether an answer may be another without the token.
  static bool is_refusal_of_token(unsigned status);

 private:
  boost::asio::awaitable<std::string> probe_main(std::string owner, std::string name);
  boost::asio::awaitable<bool> has_ref(cache::RepositoryKey key, std::string full_ref);
  boost::asio::awaitable<bool> has_commit(cache::RepositoryKey key);
  boost::asio::awaitable<bool> is_listed(std::string kind, cache::RepositoryKey key);
  boost::asio::awaitable<net::Answer> ask_api(std::string url);
  std::string api_url(const cache::RepositoryKey& key) const;
  std::string web_url(const cache::RepositoryKey& key) const;

  net::Client& client_;
  GithubEndpoints endpoints_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_GITHUB_H_
