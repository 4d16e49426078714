#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/trust_list.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/foreign_file.h>
#include <torchhub/hub/repo_ref.h>
#include <torchhub/hub/trust.h>
#include <torchhub/net/url.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

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

// Whether who may be asked to run it has no say over the folder: a first look, without its inside.
bool is_foreign(const Context& context, const std::filesystem::path& folder) {
  return !is_safe_directory(context.safe_directories(), folder) &&
         (foreign_owner(folder) || foreign_owner(folder / "hubconf.py"));
}

// Who may write where a repository waits can give its name to another one while a question is answered.
void require_as_fetched(const Context& context, const Repository& repository) {
  const cache::TorchPaths& paths = context.paths();
  const cache::RepositoryKey& key = repository.key;
  const bool was_recorded =
      !repository.tree.empty() && cache::key_of_folder(paths, key.folder_name());
  if (!was_recorded || !cache::read_record(paths, key, repository.folder).tree.empty()) return;
  throw Error(errc::untrusted, repository.folder.string() + ": is not the folder that " +
                                   key.owner + '/' + key.name +
                                   " was fetched into, and is not run; the same command fetches it "
                                   "anew.");
}

// Whether something failed for whose it is, as in a cache that others keep.
bool is_not_allowed(const boost::system::error_code& code) {
  namespace errc = boost::system::errc;
  return code == errc::permission_denied || code == errc::operation_not_permitted ||
         code == errc::read_only_file_system;
}

// Puts a repository that waited apart among torch.hub's own folders, unless another user's folder is
// there: it is neither used nor replaced.
void move_to_torch_hubs_place(const Context& context, Repository& repository) {
  const cache::TorchPaths& paths = context.paths();
  const std::filesystem::path place = paths.repository(repository.key);
  if (repository.folder == place) return;
  const cache::FileLock lock(paths.repository_lock(repository.key.folder_name()));
  std::error_code absent;
  const bool is_waiting = std::filesystem::is_directory(repository.folder, absent);
  if (is_waiting) require_as_fetched(context, repository);
  if (is_foreign(context, place)) return;
  // Another process may have done it meanwhile.
  if (is_waiting) {
    try {
      cache::publish_folder(repository.folder, place, paths.retired());
    } catch (const cache::Error& error) {
      const bool is_readable = std::filesystem::is_directory(repository.folder, absent);
      if (!is_readable || !is_not_allowed(error.code())) throw;
      context.message(std::string(error.what()) + "; it is used where it is");
      return;
    }
  }
  repository.folder = place;
}

void refuse_foreign_files(const Context& context, const Repository& repository, TrustRepo trust) {
  if (is_safe_directory(context.safe_directories(), repository.folder)) return;
  const std::optional<ForeignFile> foreign = find_foreign_file(repository.folder);
  if (!foreign) return;
  const std::string fact = foreign->path.string() + " belongs to " + user_name(foreign->owner) +
                           ", who is neither you nor root";
  if (trust != TrustRepo::no && context.question() &&
      context.question()(fact + ". Shall it be run (y/N)?"))
    return;
  throw Error(errc::untrusted,
              fact + ": it is not run. --force-reload fetches a copy of your own; " +
                  "TORCHHUB_SAFE_DIRECTORY=" + repository.folder.string() + " allows this one.");
}

// Whether `part`, between two slashes of a URL's path, is a name to every server: none that is read as
// a step up, as more than one name, or again as an encoding.
bool is_plain(std::string_view part) {
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i) {
    unsigned byte = static_cast<unsigned char>(part[i]);
    if (part[i] == '%') {
      const char* const digits = part.data() + i + 1;
      if (part.size() - i < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
        return false;
      i += 2;
    }
    if (byte < 0x20 || byte == 0x7F || byte == '%' || byte == '/' || byte == '\\') return false;
    name += static_cast<char>(byte);
  }
  return !name.empty() && name != "." && name != "..";
}

// The repository of `server` of whose releases the URL names a file: there alone, below a repository's
// page, no stranger can put something.
std::optional<cache::RepositoryKey> repository_of_release(const std::string& server,
                                                          std::string_view url) {
  const auto file = net::Url::parse(url);
  const auto root = net::Url::parse(server + '/');
  if (!file || !root || file->origin() != root->origin()) return std::nullopt;
  std::string_view path = file->target();
  path = path.substr(0, path.find('?'));
  if (!path.starts_with(root->target())) return std::nullopt;
  path.remove_prefix(root->target().size());
  std::vector<std::string_view> parts;
  for (std::size_t slash = 0; slash != path.npos; path.remove_prefix(slash + 1)) {
    slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (!is_plain(parts.back())) return std::nullopt;
    if (slash == path.npos) break;
  }
  // OWNER/NAME/releases/download/TAG/FILE; a tag may hold slashes.
  if (parts.size() < 6 || parts[2] != "releases" || parts[3] != "download") return std::nullopt;
  const auto repo = RepoRef::parse(std::string(parts[0]) + '/' + std::string(parts[1]));
  if (!repo || repo->ref) return std::nullopt;
  return cache::RepositoryKey(repo->owner, repo->name, "");
}

// Whose lists are believed: as for code, another user's where the folder is allowed.
cache::ListsOf believed_lists(const Context& context) {
  const bool is_safe = is_safe_directory(context.safe_directories(), context.paths().hub_dir());
  return is_safe ? cache::ListsOf::anybody : cache::ListsOf::trusted;
}

// A sentence where there is a list that is not believed.
std::string said_of_list(const Context& context) {
  const std::filesystem::path list = context.paths().trusted_list();
  const auto owner = foreign_owner(list);
  if (!owner || believed_lists(context) == cache::ListsOf::anybody) return "";
  return ' ' + list.string() + " belongs to " + user_name(*owner) +
         " and is not believed; TORCHHUB_SAFE_DIRECTORY=" + context.paths().hub_dir().string() +
         " allows it.";
}

// A line of trusted_servers: of two repositories that the trusted_list calls by one name, a_b/c and
// a/b_c, it means one.
std::string server_line(const std::string& server, const cache::RepositoryKey& key) {
  return server + ' ' + key.owner + '/' + key.name;
}

// Whether the trust on the trusted_list is in this repository, of this server. A line that Python wrote
// does not say.
bool is_listed_for(const Context& context, const std::string& server,
                   const cache::RepositoryKey& key) {
  const cache::TorchPaths& paths = context.paths();
  const cache::ListsOf whose = believed_lists(context);
  const std::string entry = key.trust_entry();
  if (!cache::is_listed(paths.trusted_list(), entry, whose)) return false;
  const std::vector<std::string> lines = cache::listed_lines(paths.trusted_servers(), whose);
  const auto is_about_it = [&](const std::string& line) {
    std::string name = line.substr(line.rfind(' ') + 1);
    std::replace(name.begin(), name.end(), '/', '_');
    return name == entry;
  };
  const auto has = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  return std::none_of(lines.begin(), lines.end(), is_about_it) || has(server_line(server, key)) ||
         has(server + ' ' + entry);
}

// Trust that cannot be written down holds for this run.
void write_down(const Context& context, const cache::RepositoryKey& key) {
  const cache::TorchPaths& paths = context.paths();
  const cache::ListsOf whose = believed_lists(context);
  try {
    // First for which server: a line without one counts for any.
    cache::add_to_trust_list(paths.trusted_servers(), server_line(server_of(context), key), whose);
    cache::add_to_trust_list(paths.trusted_list(), key.trust_entry(), whose);
  } catch (const cache::Error& error) {
    context.message(std::string(error.what()) + "; that " + key.owner + '/' + key.name +
                    " is trusted is not written down");
  }
}

}  // namespace

std::string server_of(const Context& context) {
  const std::string& web = context.github().web;
  const auto url = net::Url::parse(web);
  std::string server = url ? url->text() : web;
  while (server.ends_with('/')) server.pop_back();
  return server;
}

bool may_be_of(const Context& context, const cache::RepositoryKey& key) {
  const auto written = cache::key_of_folder(context.paths(), key.folder_name());
  if (!written) return true;
  if (written->owner != key.owner || written->ref != key.ref) return false;
  const std::string server = cache::server_of_folder(context.paths(), key.folder_name());
  return server.empty() || server == server_of(context);
}

bool is_trusted(const Context& context, const cache::RepositoryKey& key) {
  const cache::TorchPaths& paths = context.paths();
  const std::string server = server_of(context);
  const bool is_own =
      std::find(kTrustedOwners.begin(), kTrustedOwners.end(), key.owner) != kTrustedOwners.end();
  if (is_own && server == GithubEndpoints().web) return true;
  const std::filesystem::path folder = paths.repository(key);
  std::error_code absent;
  const bool is_there = std::filesystem::is_regular_file(folder / "hubconf.py", absent);
  if (is_there && !is_foreign(context, folder) && may_be_of(context, key)) return true;
  return is_listed_for(context, server, key);
}

python::TrustedSource TrustGate::admit(const Context& context, Repository& repository,
                                       TrustRepo trust) {
  // Whoever names a folder has what is in it, as in torch.hub.
  if (repository.is_local()) return python::TrustedSource::trust_folder(repository.folder);
  const cache::RepositoryKey& key = repository.key;
  const bool trusted = is_trusted(context, key);
  if (trust == TrustRepo::ask || (trust != TrustRepo::yes && !trusted)) {
    if (trust == TrustRepo::no || !context.question()) {
      const std::string name = key.owner + '/' + key.name;
      const std::string list = said_of_list(context);
      throw Error(
          errc::untrusted,
          trusted ? name + ": its trust was to be asked about again, and nobody is there to answer."
                  : name + " is not trusted: loading it runs its code. Read it in " +
                        repository.folder.string() +
                        ", then add --trust-repo (in C++, trust_repo(true))." + list);
    }
    if (!context.question()(question_about(key))) {
      throw Error(errc::untrusted,
                  "Untrusted repository. " + key.owner + '/' + key.name + " was not run.");
    }
  }
  refuse_foreign_files(context, repository, trust);
  move_to_torch_hubs_place(context, repository);
  if (!trusted) write_down(context, key);
  return python::TrustedSource::trust_folder(repository.folder);
}

void TrustGate::admit_url(const Context& context, std::string_view url, TrustRepo trust) {
  const auto repository = repository_of_release(server_of(context), url);
  const bool trusted = (context.lock_file() && context.lock_file()->find_url(url)) ||
                       (repository && is_trusted(context, *repository));
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

python::TrustedSource TrustGate::admit_code(const Context& context, std::string_view doing,
                                            TrustRepo trust) {
  if (trust == TrustRepo::yes) return python::TrustedSource::trust_code();
  if (trust == TrustRepo::no || !context.question())
    throw Error(errc::untrusted,
                std::string(doing) + " runs Python code: allow it with TrustRepo::yes.");
  if (!context.question()(std::string(doing) + " runs Python code. Do you trust it (y/N)?"))
    throw Error(errc::untrusted, "Untrusted: " + std::string(doing) + " was not allowed.");
  return python::TrustedSource::trust_code();
}

}  // namespace torchhub
