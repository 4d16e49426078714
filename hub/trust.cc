#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/trust_list.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/hub/trust.h>
#include <torchhub/net/url.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace torchhub {
namespace {

// torch.hub's _TRUSTED_REPO_OWNERS, case and all.
constexpr std::array<std::string_view, 4> kTrustedOwners = {"facebookresearch", "facebookincubator",
                                                            "pytorch", "fairinternal"};

std::string question_about(const cache::RepositoryKey& key) {
  return "The repository " + key.trust_entry() +
         " does not belong to the list of trusted repositories and as such cannot be downloaded. "
         "Do you trust this "
         "repository and wish to add it to the trusted list of repositories (y/N)?";
}

// Puts a repository that waited apart among torch.hub's own folders.
void settle(const cache::TorchPaths& paths, Repository& repository) {
  const std::filesystem::path place = paths.repository(repository.key);
  if (repository.folder == place) return;
  const cache::FileLock lock(paths.repository_lock(repository.key.folder_name()));
  // Another process may have done it meanwhile.
  if (std::filesystem::is_directory(repository.folder))
    cache::publish_folder(repository.folder, place, paths.retired());
  repository.folder = place;
}

// The repository on whose page of `server` the URL lies, if it does.
std::optional<cache::RepositoryKey> repository_of_url(const std::string& server,
                                                      std::string_view url) {
  if (!url.starts_with(server + '/')) return std::nullopt;
  const std::string_view path = url.substr(server.size() + 1);
  const std::size_t slash = path.find('/');
  const std::size_t end = slash == path.npos ? path.npos : path.find('/', slash + 1);
  if (end == path.npos) return std::nullopt;
  const auto repo = RepoRef::parse(path.substr(0, end));
  if (!repo || path.find("..") != path.npos) return std::nullopt;
  return cache::RepositoryKey(repo->owner, repo->name, "");
}

}  // namespace

bool is_trusted(const cache::TorchPaths& paths, const cache::RepositoryKey& key) {
  if (std::find(kTrustedOwners.begin(), kTrustedOwners.end(), key.owner) != kTrustedOwners.end())
    return true;
  std::error_code absent;
  return std::filesystem::is_regular_file(paths.repository(key) / "hubconf.py", absent) ||
         cache::is_listed(paths.trusted_list(), key.trust_entry());
}

python::TrustedSource TrustGate::admit(const Context& context, Repository& repository,
                                       TrustRepo trust) {
  // Whoever names a folder has what is in it, as in torch.hub.
  if (repository.is_local()) return python::TrustedSource(repository.folder);
  const cache::RepositoryKey& key = repository.key;
  const bool trusted = is_trusted(context.paths(), key);
  if (trust == TrustRepo::ask || (trust != TrustRepo::yes && !trusted)) {
    if (trust == TrustRepo::no || !context.question()) {
      const std::string name = key.owner + '/' + key.name;
      throw Error(
          errc::untrusted,
          trusted ? name + ": its trust was to be asked about again, and nobody is there to answer."
                  : name + " is not trusted: loading it runs its code. Read it in " +
                        repository.folder.string() +
                        ", then add --trust-repo (in C++, trust_repo(true)).");
    }
    if (!context.question()(question_about(key))) {
      throw Error(errc::untrusted,
                  "Untrusted repository. " + key.owner + '/' + key.name + " was not run.");
    }
  }
  settle(context.paths(), repository);
  if (!trusted) cache::add_to_trust_list(context.paths().trusted_list(), key.trust_entry());
  return python::TrustedSource(repository.folder);
}

void TrustGate::admit_url(const Context& context, std::string_view url, TrustRepo trust) {
  const auto repository = repository_of_url(context.github().web, url);
  const bool trusted = (context.lock_file() && context.lock_file()->find_url(url)) ||
                       (repository && is_trusted(context.paths(), *repository));
  if (trust == TrustRepo::yes || (trusted && trust != TrustRepo::ask)) return;
  const std::string redacted = net::redact_url(url);
  if (trust == TrustRepo::no || !context.question()) {
    throw Error(errc::untrusted,
                redacted +
                    " is not trusted: opening it runs the code in it. Pin it in a lock file, "
                    "or allow it with trust_repo(true).");
  }
  if (!context.question()("Opening " + redacted + " runs the code in it. Do you trust it (y/N)?"))
    throw Error(errc::untrusted, "Untrusted: " + redacted + " was not opened.");
}

}  // namespace torchhub
