#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/extract.h>
#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/sweep.h>
#include <torchhub/cache/tree_digest.h>
#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/foreign_file.h>
#include <torchhub/hub/github.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/hub/repository.h>
#include <torchhub/hub/trust.h>
#include <torchhub/net/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/no_digest.h>
#include <torchhub/net/url.h>

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace torchhub {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Clock = Github::Clock;

std::optional<Clock::time_point> end_of(const FetchOptions& options) {
  if (!options.deadline()) return std::nullopt;
  return Clock::now() + *options.deadline();
}

// How long to wait for a lock.
std::chrono::milliseconds patience_until(std::optional<Clock::time_point> end) {
  const std::chrono::milliseconds patience = cache::kDefaultLockPatience;
  if (!end) return patience;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end - Clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), patience);
}

bool anybody_may_rename_in(const fs::path& folder) {
  struct stat status;
  return ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0 &&
         (status.st_mode & S_ISVTX) == 0;
}

// The cached repository, among torch.hub's folders or apart. Python's torch.hub leaves folders
// behind that it could not finish; one without a hubconf.py is as good as none. So is one that was
// fetched for another repository. One of this user's own goes before another user's.
std::optional<Repository> find_cached(const Context& context, const cache::RepositoryKey& key) {
  const cache::TorchPaths& paths = context.paths();
  if (!may_be_of(context, key)) return std::nullopt;
  std::optional<Repository> found;
  std::error_code absent;
  const bool is_recorded = cache::key_of_folder(paths, key.folder_name()).has_value();
  for (const fs::path& folder : {paths.repository(key), paths.untrusted_repository(key)}) {
    const bool is_apart = folder == paths.untrusted_repository(key);
    if (is_apart && cache::foreign_link(paths.untrusted())) continue;
    if (!fs::is_regular_file(folder / "hubconf.py", absent)) continue;
    const cache::RepositoryRecord record = cache::read_record(paths, key, folder);
    const Repository cached{key, folder, record.commit, record.tree};
    const bool is_foreign = foreign_owner(folder) || foreign_owner(folder / "hubconf.py");
    // What waits apart was written down, and among torch.hub's own folders this one: whoever may write
    // beside it can give its name to another one.
    const bool is_another = record.tree.empty() &&
                            (is_apart || (is_recorded && anybody_may_rename_in(paths.hub_dir())));
    if (!is_foreign && is_another) continue;
    if (!is_foreign) return cached;
    if (!found) found = cached;
  }
  return found;
}

bool is_transport_failure(const boost::system::system_error& error) {
  return error.code() == errc::rate_limited ||
         (dynamic_cast<const net::Error*>(&error) != nullptr &&
          net::is_transport_failure(error.code()));
}

// The cached one of the branches that are usually the default.
std::optional<std::string> find_cached_branch(const Context& context, const RepoRef& repo) {
  for (const char* ref : {"main", "master"}) {
    if (find_cached(context, {repo.owner, repo.name, ref})) return ref;
  }
  return std::nullopt;
}

// The cached ref of the repository that is best taken for its default branch: one of the usual names,
// else what was used last.
std::optional<std::string> find_cached_ref(const Context& context, const RepoRef& repo) {
  if (auto branch = find_cached_branch(context, repo)) return branch;
  for (const cache::RepositoryKey& key : cache::recorded_repositories(context.paths())) {
    if (key.owner == repo.owner && key.name == repo.name && find_cached(context, key))
      return key.ref;
  }
  return std::nullopt;
}

// Tells that a cached ref is used where another could not be had, and returns it.
std::string said_instead(const Context& context, const std::exception& error, std::string ref) {
  context.message(std::string(error.what()) + "; the cached ref " + ref + " is used instead");
  return ref;
}

// The ref that "no ref" means: while it is cached, what was remembered, or what Python's torch.hub may
// have left; else what the server says; else, where that can't be asked, any that is cached.
DefaultRef find_default_ref(const Context& context, detail::Session& session, Github& github,
                            const RepoRef& repo, const FetchOptions& options) {
  const cache::TorchPaths& paths = context.paths();
  std::string remembered = cache::read_default_ref(paths, repo.owner, repo.name);
  if (!options.force_reload()) {
    if (!remembered.empty() && find_cached(context, {repo.owner, repo.name, remembered}))
      return {std::move(remembered), false};
    const auto branch = find_cached_branch(context, repo);
    if (remembered.empty() && branch) return {*branch, false};
  }
  if (context.offline()) {
    if (const auto ref = find_cached_ref(context, repo)) return {*ref, false};
    detail::require_online(context, repo.text());
  }
  try {
    return session.run(github.default_ref(repo.owner, repo.name), options.stop());
  } catch (const boost::system::system_error& error) {
    if (!is_transport_failure(error)) throw;
    if (const auto ref = find_cached_ref(context, repo)) {
      return {said_instead(context, error, *ref), false};
    }
    throw net::Error(error.code(), std::string(error.what()) + " (and " + repo.text() +
                                       " is not in the cache " + paths.hub_dir().string() + ")");
  }
}

// Downloads the repository's zip to `zip`; GitHub answers 300 where a ref is both a branch and a
// tag. Whether it is one.
asio::awaitable<bool> download_zip(net::Client& client, Github& github, cache::RepositoryKey key,
                                   bool is_checked, std::uint64_t max_bytes, cache::PartFile& zip) {
  if (!is_checked) co_await github.check_ref(key);
  bool is_ambiguous = false;
  for (;;) {
    const std::string url = github.zipball_url(key);
    try {
      co_await net::async_download(client, url, zip, net::NoDigest(),
                                   github.request_options().max_bytes(max_bytes));
      co_return is_ambiguous;
    } catch (const net::Error& error) {
      const auto is = [&](unsigned status) { return error.code() == net::errc_of_status(status); };
      if (!is_ambiguous && is(300)) {
        is_ambiguous = true;
        key.ref = "refs/heads/" + key.ref;
      } else if (github.has_token() && (is(401) || is(403) || is(404))) {
        // 404 is also what GitHub answers to a token that may not see the repository.
        github.drop_token(error.what());
      } else {
        throw;
      }
    }
  }
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

// A copy that Python's compiled files are not in: they would not be seen by who looks at the tree.
cache::RepositoryRecord record_of(const fs::path& tree, const std::string& commit,
                                  const std::string& server) {
  cache::remove_compiled_python(tree);
  return {commit, cache::tree_digest(tree), server};
}

// Folders of that name that were fetched for another repository, or from another server, go: what is
// written down about the name is about to be about this one.
void retire_others(const Context& context, const cache::RepositoryKey& key) {
  if (may_be_of(context, key)) return;
  const cache::TorchPaths& paths = context.paths();
  std::error_code absent;
  for (const fs::path& folder : {paths.repository(key), paths.untrusted_repository(key)}) {
    if (!cache::foreign_link(folder.parent_path()) && fs::exists(folder, absent))
      cache::retire(folder, paths.retired());
  }
}

// Writes down what is a help and never a condition: another user's note may stand in its place.
template <class Write>
void note(Write write) {
  try {
    write();
  } catch (const cache::Error&) {
  }
}

// What a pin does not cover goes. Where it cannot, or a link leads to a folder of the user's own, it is
// not read all the same: imports compile a repository's sources.
void remove_compiled(const fs::path& folder) {
  std::error_code unknown;
  if (fs::is_symlink(folder, unknown)) return;
  try {
    cache::remove_compiled_python(folder);
  } catch (const cache::Error&) {
  }
}

void check_pin(const RepoRef& repo, const RepositoryPin* pin, const std::string& tree) {
  if (!pin || pin->tree == tree) return;
  throw Error(errc::pin_mismatch, repo.text() + ": the lock file pins the tree " + pin->tree +
                                      " of commit " + pin->commit + ", and this one is " + tree);
}

Repository fetch(const Context& context, detail::Session& session, Github& github,
                 const RepoRef& repo, const cache::RepositoryKey& key, const RepositoryPin* pin,
                 const FetchOptions& options) {
  const cache::TorchPaths& paths = context.paths();
  cache::sweep(paths);
  // The digest of its tree is all the validation that a pinned commit needs.
  const cache::RepositoryKey asked(key.owner, key.name, pin ? pin->commit : key.ref);
  const std::string url = net::redact_url(github.zipball_url(asked));
  const cache::StagingFolder staging(paths.staging(), key.folder_name());
  // It is gone before anybody could resume it.
  cache::PartFile zip(staging.path() / "repository.zip", cache::kDefaultLockPatience,
                      cache::Durability::process);
  context.message("Downloading: \"" + url + "\" to " + paths.hub_dir().string());
  const bool is_checked = pin || options.skip_validation();
  if (session.run(download_zip(session.client(), github, asked, is_checked,
                               options.max_archive_bytes(), zip),
                  options.stop())) {
    context.message(
        "The ref " + key.ref +
        " is ambiguous: it is both a tag and a branch. The branch is taken; name refs/tags/" +
        key.ref + " for the tag.");
  }

  archive::Extracted extracted;
  try {
    const archive::MappedFile bytes(zip.path());
    // The top folder is taken off, and what lies beside the repository then is none of its own.
    extracted = archive::extract_zip(bytes.view(), staging.path() / "unpacked",
                                     archive::ExtractOptions().top_folders(1));
  } catch (const archive::Error& error) {
    throw archive::Error(error.code(), url + ": " + error.what());
  }
  for (const auto& [first, second] : extracted.case_collisions)
    context.message("warning: " + first + " and " + second +
                    " are one file where letters' case does not count");
  if (!extracted.links_as_text.empty()) {
    const auto& [name, target] = extracted.links_as_text.front();
    const std::size_t more = extracted.links_as_text.size() - 1;
    context.message("warning: " + name.substr(name.find('/') + 1) + " is a link to " + target +
                    ", outside the repository; here it is a text file that says so" +
                    (more > 0 ? ", as " + std::to_string(more) + " more are" : ""));
  }
  const fs::path top = top_folder(staging.path() / "unpacked", url);
  // GitHub writes the commit's id into the archive's comment.
  const cache::RepositoryRecord record =
      record_of(top, pin ? pin->commit : extracted.comment, server_of(context));
  check_pin(repo, pin, record.tree);
  retire_others(context, key);
  const fs::path place =
      is_trusted(context, key) ? paths.repository(key) : paths.untrusted_repository(key);
  // Of the folder that is about to appear; until then it is about none.
  note([&] { cache::write_record(paths, key, top, record); });
  cache::publish_folder(top, place, paths.retired());
  return {key, place, cache::read_record(paths, key, place).commit, record.tree};
}

// torch.hub's name for the folder must be one that a file system takes.
void check_folder_name(const cache::RepositoryKey& key) {
  constexpr std::size_t kMaxNameBytes = 255;
  const std::size_t bytes = key.folder_name().size();
  if (bytes <= kMaxNameBytes) return;
  throw Error(make_error_code(boost::system::errc::filename_too_long),
              key.owner + '/' + key.name + ':' + key.ref + ": the name of its folder would have " +
                  std::to_string(bytes) + " bytes, and file systems end at " +
                  std::to_string(kMaxNameBytes));
}

const RepositoryPin* find_pin(const Context& context, const RepoRef& repo) {
  if (!context.lock_file()) return nullptr;
  const RepositoryPin* const pin = context.lock_file()->find_repository(repo.text());
  if (!pin && context.frozen()) {
    throw Error(errc::not_pinned, repo.text() +
                                      ": not in the lock file, and nothing else may be used "
                                      "(torchhub lock adds it)");
  }
  return pin;
}

Repository find_or_fetch(const Context& context, std::string_view name,
                         const FetchOptions& options) {
  if (options.source() == Source::local)
    return {cache::RepositoryKey("", "", ""), fs::absolute(fs::path(name)), "", ""};
  const auto repo = RepoRef::parse(name);
  if (!repo)
    throw Error(repo.error(), "\"" + net::redact_urls(name) + "\" is " + repo.error().message());
  const cache::TorchPaths& paths = context.paths();
  const RepositoryPin* const pin = find_pin(context, *repo);
  detail::Session session(context.client_options());
  const auto tell = [&](std::string_view text) { context.message(text); };
  const std::optional<Clock::time_point> end = end_of(options);
  Github github(session.client(), context.github(), tell, end);
  const DefaultRef ref = repo->ref ? DefaultRef(*repo->ref, false)
                         : pin     ? DefaultRef(pin->ref, false)
                                   : find_default_ref(context, session, github, *repo, options);
  const cache::RepositoryKey key{repo->owner, repo->name, ref.name};
  check_folder_name(key);

  const auto use_cached = [&]() -> std::optional<Repository> {
    if (options.force_reload()) return std::nullopt;
    std::optional<Repository> cached = find_cached(context, key);
    if (!cached) return std::nullopt;
    if (pin) {
      remove_compiled(cached->folder);
      const std::string tree = cache::tree_digest(cached->folder);
      if (context.offline()) check_pin(*repo, pin, tree);
      if (tree != pin->tree) return std::nullopt;
    }
    if (options.verbose()) context.message("Using cache found in " + cached->folder.string());
    cache::note_use(paths, key);
    return cached;
  };
  if (std::optional<Repository> cached = use_cached()) return *cached;
  detail::require_online(context, repo->text());
  const auto on_wait = [&](std::optional<int> holder) {
    context.message("Waiting for " +
                    (holder ? "process " + std::to_string(*holder) : "another process") +
                    ", which is downloading " + repo->text());
  };
  const cache::FileLock lock(paths.repository_lock(key.folder_name()), patience_until(end),
                             on_wait);
  // Whoever held the lock before may have fetched it.
  if (std::optional<Repository> cached = use_cached()) return *cached;
  try {
    Repository fetched =
        fetch(context, session, github, *repo, key, pin,
              FetchOptions(options).skip_validation(ref.is_checked || options.skip_validation()));
    if (!repo->ref) note([&] { cache::write_default_ref(paths, key); });
    return fetched;
  } catch (const boost::system::system_error& error) {
    const bool may_be_another = !repo->ref && !pin && !options.force_reload();
    if (!may_be_another || !is_transport_failure(error)) throw;
    const auto other = find_cached_ref(context, *repo);
    if (!other) throw;
    return *find_cached(context, {repo->owner, repo->name, said_instead(context, error, *other)});
  }
}

}  // namespace

Repository get_repository(const Context& context, std::string_view name,
                          const FetchOptions& options) {
  Repository repository = find_or_fetch(context, name, options);
  if (options.on_got()) options.on_got()();
  return repository;
}

}  // namespace torchhub
