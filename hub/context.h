#ifndef TORCHHUB_HUB_CONTEXT_H_
#define TORCHHUB_HUB_CONTEXT_H_
// The choices behind torch.hub's functions: where the cache is, which GitHub, who is asked and
// told.
//
//   torchhub::Context context = torchhub::Context::from_environment();
//   context.on_message([](std::string_view text) { std::cerr << text << "\n"; });
//   auto entries = torchhub::list("acme/digits", torchhub::ListOptions(), context);
//
// The library itself prints nothing and asks nobody.

#include <torchhub/cache/content_paths.h>
#include <torchhub/cache/torch_paths.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/lock_file.h>
#include <torchhub/hub/python_choice.h>
#include <torchhub/hub/remote_cache.h>
#include <torchhub/net/client.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

/// A GitHub: the public one, or a server of one's own.
struct TORCHHUB_EXPORT GithubEndpoints {
  std::string web = "https://github.com";
  std::string api = "https://api.github.com";
  std::string token;  ///< sent to these two alone; "" for none

  /// GITHUB_SERVER_URL, GITHUB_API_URL and GITHUB_TOKEN, the names that GitHub's own tools use. A
  /// server without an API address has its API at /api/v3, as enterprise servers do.
  static GithubEndpoints from_environment();
};

class TORCHHUB_EXPORT Context {
 public:
  /// A cache in `paths`, the public GitHub, no messages, no questions.
  explicit Context(cache::TorchPaths paths) : paths_(std::move(paths)) {}

  /// torch.hub's directory as get_dir() has it now, the GitHub of the environment, and what
  /// TORCHHUB_OFFLINE, TORCHHUB_SAFE_DIRECTORY (a list with ':'), TORCHHUB_REMOTE_CACHE,
  /// TORCHHUB_CONTENT_STORE, TORCHHUB_LOCK, TORCHHUB_VENV, VIRTUAL_ENV and PYTHONPATH say. Reads the lock file, if one is named. Throws as
  /// read_lock_file().
  static Context from_environment();
  /// The same without a lock file, which may be about to be written.
  static Context from_environment_unpinned();

  const cache::TorchPaths& paths() const { return paths_; }

  Context& github(GithubEndpoints value) {
    github_ = std::move(value);
    return *this;
  }
  const GithubEndpoints& github() const { return github_; }

  Context& client_options(net::ClientOptions value) {
    client_options_ = std::move(value);
    return *this;
  }
  const net::ClientOptions& client_options() const { return client_options_; }

  /// The Python whose packages repositories import: the folder of a virtual environment or of conda's, or an
  /// interpreter. Counts until Python starts, with the first repository that is read or run; afterwards
  /// another one is python::errc::cannot_start. It must fit: fitting_environment(). Default: the build's.
  Context& python(std::filesystem::path environment) {
    python_.environment = std::move(environment);
    python_.variable.clear();
    return *this;
  }
  Context& python(PythonChoice value) {
    python_ = std::move(value);
    return *this;
  }
  const PythonChoice& python() const { return python_; }

  /// Folders whose repositories are run although other users own them, each with all below it; "*" is
  /// every folder. As git's safe.directory. Default: none.
  Context& safe_directories(std::vector<std::filesystem::path> value) {
    safe_directories_ = std::move(value);
    return *this;
  }
  const std::vector<std::filesystem::path>& safe_directories() const { return safe_directories_; }

  /// Nothing is fetched: what is not in the cache is errc::offline. Default: false.
  Context& offline(bool value) {
    offline_ = value;
    return *this;
  }
  bool offline() const { return offline_; }

  /// A store of files that many machines share; files whose whole SHA-256 is known come from there
  /// and go there. Copies of this Context share it. Default: none.
  Context& remote_cache(std::shared_ptr<RemoteCache> value) {
    remote_cache_ = std::move(value);
    return *this;
  }
  const std::shared_ptr<RemoteCache>& remote_cache() const { return remote_cache_; }

  /// A store of files by content on this machine, which several caches share. Default: none.
  Context& content_store(cache::ContentPaths value) {
    content_store_ = std::move(value);
    return *this;
  }
  const std::optional<cache::ContentPaths>& content_store() const { return content_store_; }

  /// What URLs and repositories must be. `frozen`: what it does not name is errc::not_pinned.
  /// Default: none.
  Context& lock_file(LockFile value, bool frozen = false) {
    lock_file_ = std::make_shared<const LockFile>(std::move(value));
    frozen_ = frozen;
    return *this;
  }
  /// nullptr where there is none.
  const LockFile* lock_file() const { return lock_file_.get(); }
  bool frozen() const { return frozen_; }
  /// Nothing is pinned.
  Context& no_lock_file() {
    lock_file_ = nullptr;
    frozen_ = false;
    return *this;
  }

  /// Told what torch.hub would print: "Using cache found in ...", without a newline.
  Context& on_message(std::function<void(std::string_view)> value) {
    on_message_ = std::move(value);
    return *this;
  }
  void message(std::string_view text) const {
    if (on_message_) on_message_(text);
  }

  /// Asked whether to trust a repository, with torch.hub's question; answers for the user.
  /// Default: nobody is there to ask, and what would need an answer is refused.
  Context& on_question(std::function<bool(std::string_view)> value) {
    on_question_ = std::move(value);
    return *this;
  }
  const std::function<bool(std::string_view)>& question() const { return on_question_; }

 private:
  cache::TorchPaths paths_;
  GithubEndpoints github_;
  net::ClientOptions client_options_;
  PythonChoice python_;
  std::vector<std::filesystem::path> safe_directories_;
  bool offline_ = false;
  bool frozen_ = false;
  std::shared_ptr<RemoteCache> remote_cache_;
  std::optional<cache::ContentPaths> content_store_;
  std::shared_ptr<const LockFile> lock_file_;
  std::function<void(std::string_view)> on_message_;
  std::function<bool(std::string_view)> on_question_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_CONTEXT_H_
