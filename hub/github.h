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

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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

/// Asks about one repository: a token that was refused for it is not sent again, and where the server
/// shows nothing to the token, what it shows to everybody counts. A limit that ends within a minute
/// (Retry-After, X-RateLimit-Reset) is waited for. A coroutine of this class must end before the object does.
class TORCHHUB_EXPORT Github {
 public:
  using Clock = std::chrono::steady_clock;

  /// `on_message` is told of a wait. No request goes on after `end`.
  Github(net::Client& client, GithubEndpoints endpoints,
         std::function<void(std::string_view)> on_message = {},
         std::optional<Clock::time_point> end = std::nullopt)
      : client_(client),
        endpoints_(std::move(endpoints)),
        on_message_(std::move(on_message)),
        end_(end) {}

  /// The repository's default branch, by one request to the API. Where that can't be asked: "main" if
  /// the web has such a branch, else "master", as torch.hub has it.
  /// Throws: errc::rate_limited, errc::bad_answer for a name that is_ref() refuses, net::Error where
  ///   the web can't be asked either.
  boost::asio::awaitable<DefaultRef> default_ref(std::string owner, std::string name);

  /// Makes sure that `key.ref` is a branch, a tag or a commit of this repository, and not only of a
  /// fork, whose commits GitHub would serve under this name too. A branch costs one request, a tag two,
  /// a commit of the default branch, whatever its age, one.
  /// Throws: errc::no_such_repository, errc::no_such_ref, errc::rate_limited, errc::bad_answer;
  ///   net::Error.
  boost::asio::awaitable<bool> check_ref(cache::RepositoryKey key);

  /// Where the repository's zip archive lies. It may answer with redirects.
  std::string zipball_url(const cache::RepositoryKey& key) const;

  /// What a request to this server carries, the token, if there is one that was not refused, and the time
  /// that is left for it.
  net::DownloadOptions request_options() const;

  bool has_token() const { return !endpoints_.token.empty(); }
  /// The token is not sent again. `why` is a clause for later messages.
  void drop_token(std::string why);

 private:
  boost::asio::awaitable<std::string> probe_main(std::string owner, std::string name);
  boost::asio::awaitable<bool> has_ref(cache::RepositoryKey key, std::string full_ref);
  boost::asio::awaitable<bool> has_commit(cache::RepositoryKey key);
  boost::asio::awaitable<bool> is_listed(std::string kind, cache::RepositoryKey key);
  boost::asio::awaitable<net::Answer> ask_api(std::string url);
  boost::asio::awaitable<net::Answer> ask(std::string url, std::string type);
  boost::asio::awaitable<net::Answer> ask_patiently(std::string url, std::string type,
                                                    bool with_token);
  net::DownloadOptions anonymous_options() const;
  [[noreturn]] void throw_status(const net::Answer& answer) const;
  std::string refusal_note() const;
  std::string api_url(const cache::RepositoryKey& key) const;
  std::string web_url(const cache::RepositoryKey& key) const;

  net::Client& client_;
  GithubEndpoints endpoints_;
  std::function<void(std::string_view)> on_message_;
  std::optional<Clock::time_point> end_;
  bool token_was_taken_ = false;  // something was shown to it
  std::string refusal_;           // why the token is not sent any more, "" while it is
  std::chrono::seconds waited_{0};
  int waits_ = 0;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_GITHUB_H_
