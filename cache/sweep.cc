#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/journal.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/sweep.h>

#include <climits>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;
using Paths = std::vector<fs::path>;
using detail::Whose;

// A folder that stays the one that was looked at, whatever its name comes to mean.
struct Folder {
  fs::path path;
  detail::File file;  // none where it may not be walked
};

bool is_ours(const detail::File& file) {
  struct stat status;
  return ::fstat(file.descriptor(), &status) == 0 && detail::is_own_or_roots(status.st_uid);
}

// `path`, called `name` in what is open as `parent`; of another user's links, and of his folder where
// `whose` says so, there is none.
Folder open_folder(int parent, const fs::path& name, fs::path path, Whose whose) {
  Folder folder{std::move(path), {}};
  const detail::File entry(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!entry || ::fstat(entry.descriptor(), &status) != 0) return folder;
  fs::path place = name;
  int follow = O_NOFOLLOW;
  if (S_ISLNK(status.st_mode)) {
    std::array<char, PATH_MAX> target{};
    if (!detail::is_own_or_roots(status.st_uid) ||
        ::readlinkat(entry.descriptor(), "", target.data(), target.size() - 1) <= 0)
      return folder;
    place = target.data();
    follow = 0;
  }
  detail::File opened(::openat(parent, place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow));
  if (opened && (whose == Whose::anybodys || is_ours(opened))) folder.file = std::move(opened);
  return folder;
}

Folder open_in(const Folder& parent, const fs::path& path, Whose whose) {
  if (!parent.file) return {path, {}};
  return open_folder(parent.file.descriptor(), path.filename(), path, whose);
}

std::vector<std::string> names_in(const detail::File& folder) {
  std::vector<std::string> names;
  const int own = ::openat(folder.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const stream = own < 0 ? nullptr : ::fdopendir(own);
  if (!stream) {
    if (own >= 0) ::close(own);
    return names;
  }
  while (const dirent* const entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(stream);
  return names;
}

std::optional<struct stat> facts_of(const detail::File& folder, const std::string& name) {
  struct stat status;
  if (::fstatat(folder.descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return std::nullopt;
  return status;
}

// When an entry was last touched: written to or, for what moved here, moved.
Clock::time_point touched(const Folder& folder, const std::string& name) {
  const auto status = facts_of(folder.file, name);
  if (!status) return Clock::time_point::max();
  return Clock::from_time_t(std::max(status->st_mtim.tv_sec, status->st_ctim.tv_sec));
}

// Deeper trees stay: each level holds a descriptor.
constexpr int kMostLevels = 200;

// Removes what is this user's or root's, a folder with all that is in it. Whether it is gone.
bool remove_own(const detail::File& folder, const std::string& name, int levels = kMostLevels) {
  const auto status = facts_of(folder, name);
  if (!status || !detail::is_own_or_roots(status->st_uid)) return false;
  if (!S_ISDIR(status->st_mode)) return ::unlinkat(folder.descriptor(), name.c_str(), 0) == 0;
  const detail::File inner(
      ::openat(folder.descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!inner || !is_ours(inner) || levels == 0) return false;
  for (const std::string& below : names_in(inner)) remove_own(inner, below, levels - 1);
  return ::unlinkat(folder.descriptor(), name.c_str(), AT_REMOVEDIR) == 0;
}

void remove(const Folder& folder, const std::string& name, Paths& removed) {
  if (remove_own(folder.file, name)) removed.push_back(folder.path / name);
}

// torch.hub's own: NAME.HEX32.partial
bool is_partial_of_python(const std::string& name) {
  constexpr std::string_view kSuffix = ".partial";
  constexpr std::size_t kDigits = 32;
  if (!name.ends_with(kSuffix) || name.size() < kSuffix.size() + kDigits + 1) return false;
  const std::string digits = name.substr(name.size() - kSuffix.size() - kDigits, kDigits);
  return digits.find_first_not_of("0123456789abcdef") == digits.npos;
}

void remove_journal(const Folder& folder, const std::string& name, Paths& removed) {
  const detail::File file(::openat(folder.file.descriptor(), name.c_str(),
                                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file && detail::may_be_journal(file)) remove(folder, name, removed);
}

// Removes a part of ours that nobody holds, under its own lock. A file with bytes is none unless its mark, its
// journal or a name that says who made it tells so.
void sweep_part(const Folder& folder, const std::string& name, Paths& removed) {
  if (detail::owner_of(name) == detail::Owner::alive) return;
  const std::string journal = name + std::string(detail::kJournalSuffix);
  const auto status = facts_of(folder.file, name);
  if (!status || !S_ISREG(status->st_mode)) return;
  const bool is_known = status->st_size == 0 || (status->st_mode & S_ISVTX) != 0 ||
                        !name.ends_with(detail::kPartSuffix) || facts_of(folder.file, journal);
  if (!is_known) return;
  const detail::File file(::openat(folder.file.descriptor(), name.c_str(),
                                   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file || detail::try_lock(folder.path / name, file) == detail::Lock::busy) return;
  remove_journal(folder, journal, removed);
  remove(folder, name, removed);
}

void sweep_files(const Folder& folder, Clock::time_point eldest, Paths& removed) {
  for (const std::string& name : names_in(folder.file)) {
    if (touched(folder, name) >= eldest) continue;
    if (is_partial_of_python(name)) {
      remove(folder, name, removed);
    } else if (name.find(".torchhub-part-journal") != name.npos ||
               (name.find(".torchhub-part.") != name.npos &&
                name.ends_with(detail::kJournalSuffix))) {
      // Its part is gone; otherwise it goes with it.
      const std::string part = name.substr(0, name.rfind(detail::kJournalSuffix));
      if (!facts_of(folder.file, part)) remove_journal(folder, name, removed);
    } else if (name.find(detail::kPartSuffix) != name.npos) {
      sweep_part(folder, name, removed);
    }
  }
}

}  // namespace

Paths sweep(const TorchPaths& paths, const SweepAges& ages, Clock::time_point now) {
  Paths removed;
  const Folder hub = open_folder(AT_FDCWD, paths.hub_dir(), paths.hub_dir(), Whose::anybodys);
  const Folder own = open_in(hub, paths.own_dir(), Whose::own);
  const Folder staging = open_in(own, paths.staging(), Whose::own);
  for (const std::string& name : names_in(staging.file)) {
    const detail::Owner owner = detail::owner_of(name);
    if (owner == detail::Owner::dead ||
        (owner == detail::Owner::unknown && touched(staging, name) < now - ages.unknown_staging))
      remove(staging, name, removed);
  }
  const Folder retired = open_in(own, paths.retired(), Whose::own);
  for (const std::string& name : names_in(retired.file)) {
    if (touched(retired, name) < now - ages.retired) remove(retired, name, removed);
  }
  // Those of a shared cache belong to somebody; what is removed there is single files.
  sweep_files(open_in(hub, paths.checkpoints(), Whose::anybodys), now - ages.part, removed);
  sweep_files(hub, now - ages.part, removed);
  return removed;
}

}  // namespace torchhub::cache
