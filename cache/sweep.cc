#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/sweep.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;
using Paths = std::vector<fs::path>;

// When an entry was last touched: written to or, for what moved here, moved.
Clock::time_point touched(const fs::path& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return Clock::time_point::max();
  return Clock::from_time_t(std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec));
}

Paths entries_of(const fs::path& folder) {
  Paths entries;
  std::error_code unreadable;
  for (fs::directory_iterator entry(folder, unreadable); entry != fs::directory_iterator();
       entry.increment(unreadable)) {
    entries.push_back(entry->path());
  }
  return entries;
}

void remove_tree(const fs::path& path, Paths& removed) {
  std::error_code failure;
  fs::remove_all(path, failure);
  if (!failure) removed.push_back(path);
}

void remove_file(const fs::path& path, Paths& removed) {
  if (::unlink(path.c_str()) == 0) removed.push_back(path);
}

// torch.hub's own: NAME.HEX32.partial
bool is_partial_of_python(const std::string& name) {
  constexpr std::string_view kSuffix = ".partial";
  constexpr std::size_t kDigits = 32;
  if (!name.ends_with(kSuffix) || name.size() < kSuffix.size() + kDigits + 1) return false;
  const std::string digits = name.substr(name.size() - kSuffix.size() - kDigits, kDigits);
  return digits.find_first_not_of("0123456789abcdef") == digits.npos;
}

// Removes a part of ours that nobody holds, under its own lock.
void sweep_part(const fs::path& part, Paths& removed) {
  const detail::Owner owner = detail::owner_of(part.filename().string());
  if (owner == detail::Owner::alive) return;
  const detail::File file(::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file || detail::try_lock(part, file) == detail::Lock::busy) return;
  remove_file(part.string().append(detail::kJournalSuffix), removed);
  remove_file(part, removed);
}

}  // namespace

Paths sweep(const TorchPaths& paths, const SweepAges& ages, Clock::time_point now) {
  Paths removed;
  for (const fs::path& folder : entries_of(paths.staging())) {
    const detail::Owner owner = detail::owner_of(folder.filename().string());
    if (owner == detail::Owner::dead ||
        (owner == detail::Owner::unknown && touched(folder) < now - ages.unknown_staging)) {
      remove_tree(folder, removed);
    }
  }
  for (const fs::path& folder : entries_of(paths.retired())) {
    if (touched(folder) < now - ages.retired) remove_tree(folder, removed);
  }
  for (const fs::path& folder : {paths.checkpoints(), paths.hub_dir()}) {
    for (const fs::path& path : entries_of(folder)) {
      const std::string name = path.filename().string();
      if (touched(path) >= now - ages.part) continue;
      if (is_partial_of_python(name)) {
        remove_file(path, removed);
      } else if (name.find(".torchhub-part-journal") != name.npos ||
                 (name.find(".torchhub-part.") != name.npos &&
                  name.ends_with(detail::kJournalSuffix))) {
        // Its part is gone; otherwise it goes with it.
        const std::string part = name.substr(0, name.rfind(detail::kJournalSuffix));
        if (!fs::exists(folder / part)) remove_file(path, removed);
      } else if (name.find(".torchhub-part") != name.npos) {
        sweep_part(path, removed);
      }
    }
  }
  return removed;
}

}  // namespace torchhub::cache
