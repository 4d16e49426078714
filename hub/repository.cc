#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/extract.h>
#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/hub/detail/repository_record.h>
#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/github.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/trust.h>
#include <torchhub/net/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/no_digest.h>

#include <optional>

namespace torchhub {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// The cached repository, among torch.hub's folders or apart. Python's torch.hub leaves folders
// behind that it could not finish; one without a hubconf.py is as good as none.
std::optional<Repository> find_cached(const cache::TorchPaths& paths,
                                      const cache::RepositoryKey& key) {
  std::error_code absent;
  for (const fs::path& folder : {paths.repository(key), paths.untrusted_repository(key)}) {
    if (fs::is_regular_file(folder / "hubconf.py", absent)) {
      return Repository{key, folder, detail::read_commit(paths, key)};
    }
  }
  return std::nullopt;
}

bool is_transport_failure(const boost::system::system_error& error) {
  return error.code() == errc::rate_limited ||
         (dynamic_cast<const net::Error*>(&error) != nullptr &&
          net::is_transport_failure(error.code()));
}

// The ref that "no ref" means: as remembered while that is cached, else as the server says, else,
// where the server can't be asked, main or master if one of them is cached.
std::string find_default_ref(const Context& context, detail::Session& session, const RepoRef& repo,
                             bool force_reload) {
  const cache::TorchPaths& paths = context.paths();
  const auto is_cached = [&](const std::string& ref) {
    return find_cached(paths, {repo.owner, repo.name, ref}).has_value();
  };
  std::string remembered = detail::read_default_ref(paths, repo.owner, repo.name);
  if (!force_reload && !remembered.empty() && is_cached(remembered)) return remembered;
  try {
    Github github(session.client(), context.github());
    return session.run(github.default_ref(repo.owner, repo.name));
  } catch (const boost::system::system_error& error) {
    if (!is_transport_failure(error)) throw;
    for (const char* ref : {"main", "master"}) {
      if (!is_cached(ref)) continue;
      context.message(std::string(error.what()) + "; the cached branch " + ref +
                      " is used instead");
      return ref;
    }
    throw net::Error(error.code(), std::string(error.what()) + " (and " + repo.text() +
                                       " is not in the cache " + paths.hub_dir().string() + ")");
  }
}

// Downloads the repository's zip to `zip`; GitHub answers 300 where a ref is both a branch and a
// tag.
asio::awaitable<bool> download_zip(net::Client& client, Github& github, cache::RepositoryKey key,
                                   bool skip_validation, cache::PartFile& zip) {
  if (!skip_validation) co_await github.check_ref(key);
  bool ambiguous = false;
  try {
    const std::string url = github.zipball_url(key);
    co_await net::async_download(client, url, zip, net::NoDigest(), github.request_options());
  } catch (const net::Error& error) {
    if (error.code() != net::errc_of_status(300)) throw;
    ambiguous = true;
  }
  if (ambiguous) {
    key.ref = "refs/heads/" + key.ref;
    const std::string url = github.zipball_url(key);
    co_await net::async_download(client, url, zip, net::NoDigest(), github.request_options());
  }
  co_return ambiguous;
}

// The one folder that a repository's archive holds.
fs::path top_folder(const fs::path& unpacked, const std::string& url) {
  std::optional<fs::path> top;
  for (const fs::directory_entry& entry : fs::directory_iterator(unpacked)) {
    if (top || entry.symlink_status().type() != fs::file_type::directory) {
      throw Error(errc::bad_repository,
                  url + ": the archive does not hold one folder and nothing else");
    }
    top = entry.path();
  }
  if (!top) throw Error(errc::bad_repository, url + ": the archive is empty");
  return *top;
}

// Removes the folder where a fetch works, before it (what a killed process left) and after it.
class Staging {
 public:
  explicit Staging(fs::path folder) : folder_(std::move(folder)) {
    clear();
    cache::make_folders(folder_);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() { clear(); }

  const fs::path& folder() const { return folder_; }

 private:
  void clear() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path folder_;
};

Repository fetch(const Context& context, detail::Session& session, const cache::RepositoryKey& key,
                 bool skip_validation) {
  const cache::TorchPaths& paths = context.paths();
  Github github(session.client(), context.github());
  const std::string url = github.zipball_url(key);
  const Staging staging(paths.repository_staging(key));
  cache::PartFile zip(staging.folder() / "repository.zip");
  context.message("Downloading: \"" + url + "\" to " + paths.hub_dir().string());
  if (session.run(download_zip(session.client(), github, key, skip_validation, zip))) {
    context.message(
        "The ref " + key.ref +
        " is ambiguous: it is both a tag and a branch. The branch is taken; name refs/tags/" +
        key.ref + " for the tag.");
  }

  archive::Extracted extracted;
  try {
    const archive::MappedFile bytes(zip.path());
    extracted = archive::extract_zip(bytes.view(), staging.folder() / "unpacked");
  } catch (const archive::Error& error) {
    throw archive::Error(error.code(), url + ": " + error.what());
  }
  const fs::path top = top_folder(staging.folder() / "unpacked", url);
  const fs::path place =
      is_trusted(paths, key) ? paths.repository(key) : paths.untrusted_repository(key);
  cache::publish_folder(top, place);
  // GitHub writes the commit's id into the archive's comment.
  return {key, place, detail::write_commit(paths, key, extracted.comment)};
}

}  // namespace

Repository get_repository(const Context& context, std::string_view name,
                          const FetchOptions& options) {
  const auto repo = RepoRef::parse(name);
  if (!repo)
    throw Error(repo.error(), "\"" + std::string(name) + "\" is " + repo.error().message());
  const cache::TorchPaths& paths = context.paths();
  detail::Session session(context.client_options());
  const std::string ref =
      repo->ref ? *repo->ref : find_default_ref(context, session, *repo, options.force_reload());
  const cache::RepositoryKey key{repo->owner, repo->name, ref};

  const auto use_cached = [&]() -> std::optional<Repository> {
    std::optional<Repository> cached =
        options.force_reload() ? std::nullopt : find_cached(paths, key);
    if (cached) context.message("Using cache found in " + cached->folder.string());
    return cached;
  };
  if (std::optional<Repository> cached = use_cached()) return *cached;
  const cache::FileLock lock(paths.repository_lock(key));
  // Whoever held the lock before may have fetched it.
  if (std::optional<Repository> cached = use_cached()) return *cached;
  Repository fetched = fetch(context, session, key, options.skip_validation());
  if (!repo->ref) detail::write_default_ref(paths, key);
  return fetched;
}

}  // namespace torchhub
