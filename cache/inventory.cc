#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/inventory.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/verified_files.h>

#include <sys/stat.h>

#include <algorithm>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;

struct FileFacts {
  std::uint64_t bytes = 0;
  Clock::time_point made;
  Clock::time_point used;
};

std::optional<FileFacts> facts_of(const fs::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  FileFacts facts;
  facts.bytes = static_cast<std::uint64_t>(status.st_size);
  facts.made = Clock::from_time_t(status.st_mtim.tv_sec);
  facts.used = Clock::from_time_t(std::max(status.st_atim.tv_sec, status.st_mtim.tv_sec));
  return facts;
}

// The regular files below `folder`; links in it are not followed.
std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code vanished;
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                              vanished);
       !vanished && entry != fs::recursive_directory_iterator(); entry.increment(vanished)) {
    if (entry->is_regular_file(vanished)) files.push_back(entry->path());
  }
  return files;
}

CachedRepository look_at(const TorchPaths& paths, const fs::path& folder, bool is_settled) {
  CachedRepository repository;
  repository.path = folder;
  repository.name = folder.filename().string();
  repository.is_settled = is_settled;
  repository.key = key_of_folder(paths, repository.name);
  if (repository.key) repository.record = read_record(paths, *repository.key, folder);
  std::error_code absent;
  repository.is_complete = fs::is_regular_file(folder / "hubconf.py", absent);
  if (const auto facts = facts_of(folder)) repository.made = facts->made;
  for (const fs::path& file : files_below(folder)) {
    const auto facts = facts_of(file);
    if (!facts) continue;
    repository.bytes += facts->bytes;
    repository.used = std::max(repository.used, facts->used);
  }
  if (const auto facts = facts_of(paths.repository_record(repository.name)))
    repository.used = std::max(repository.used, facts->made);
  repository.used = std::max(repository.used, repository.made);
  return repository;
}

void add_repositories(const TorchPaths& paths, const fs::path& parent, bool is_settled,
                      std::vector<CachedRepository>& repositories) {
  if (foreign_link(parent, paths.hub_dir())) return;
  std::error_code failure;
  for (fs::directory_iterator entry(parent, failure); !failure && entry != fs::directory_iterator();
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    std::error_code vanished;
    if (name.starts_with('.') || entry->path() == paths.checkpoints() ||
        !entry->is_directory(vanished))
      continue;
    repositories.push_back(look_at(paths, entry->path(), is_settled));
  }
  if (failure && failure != std::errc::no_such_file_or_directory)
    detail::throw_errno(parent, "cannot be read", failure.value());
}

// Downloads that are not finished, ours and Python's.
bool is_unfinished(const std::string& name) {
  return name.find(".torchhub-part") != name.npos || name.ends_with(".partial");
}

bool is_older(const CachedObject* a, const CachedObject* b) { return a->used < b->used; }

// Removes a file unless another process makes it anew just now.
bool remove_checkpoint(const CachedCheckpoint& checkpoint) {
  const fs::path part = detail::part_path(checkpoint.path);
  std::error_code absent;
  const bool had_part = fs::exists(part, absent);
  try {
    const detail::LockedFile lock = detail::open_locked(part, std::chrono::steady_clock::now());
    fs::remove(checkpoint.path, absent);
    if (!had_part) fs::remove(part, absent);
  } catch (const Error& error) {
    if (error.code() == errc::lock_timeout) return false;
    throw;
  }
  if (absent) detail::throw_errno(checkpoint.path, "cannot be removed", absent.value());
  return true;
}

bool remove_repository(const TorchPaths& paths, const CachedRepository& repository) {
  try {
    const FileLock lock(paths.repository_lock(repository.name), std::chrono::seconds(0));
    // It vanishes in one step, and then its files do.
    const fs::path away = retire(repository.path, paths.staging());
    std::error_code failure;
    fs::remove_all(away, failure);
    if (failure) detail::throw_errno(away, "cannot be removed", failure.value());
    if (!foreign_link(paths.repository_record(repository.name).parent_path()))
      fs::remove(paths.repository_record(repository.name), failure);
  } catch (const Error& error) {
    if (error.code() == errc::lock_timeout) return false;
    throw;
  }
  return true;
}

// Whether it was used, or made anew, after it was looked at.
bool was_used_since(const CachedObject& before, const CachedObject& now) {
  return now.used > before.used || now.made > before.made;
}

}  // namespace

Inventory take_inventory(const TorchPaths& paths) {
  Inventory inventory;
  add_repositories(paths, paths.hub_dir(), true, inventory.repositories);
  add_repositories(paths, paths.untrusted(), false, inventory.repositories);
  const VerifiedFiles verified(paths.stamps());
  const bool is_elsewhere = foreign_link(paths.checkpoints(), paths.hub_dir()).has_value();
  for (const fs::path& file :
       is_elsewhere ? std::vector<fs::path>() : files_below(paths.checkpoints())) {
    const auto facts = facts_of(file);
    if (!facts || is_unfinished(file.filename().string())) continue;
    CachedCheckpoint checkpoint;
    checkpoint.path = file;
    checkpoint.name = file.lexically_relative(paths.checkpoints()).string();
    checkpoint.bytes = facts->bytes;
    checkpoint.made = facts->made;
    checkpoint.used = facts->used;
    if (const auto stamp = verified.find(file)) {
      checkpoint.url = stamp->url;
      checkpoint.used = std::max(checkpoint.used, stamp->used);
      if (stamp->is_current) checkpoint.sha256 = stamp->sha256;
    }
    inventory.checkpoints.push_back(std::move(checkpoint));
  }
  const auto by_name = [](const CachedObject& a, const CachedObject& b) { return a.name < b.name; };
  std::sort(inventory.repositories.begin(), inventory.repositories.end(), by_name);
  std::sort(inventory.checkpoints.begin(), inventory.checkpoints.end(), by_name);
  return inventory;
}

Prunable choose_prunable(const Inventory& inventory, const PruneLimits& limits,
                         Clock::time_point now) {
  std::vector<const CachedObject*> oldest_first;
  std::uint64_t total = 0;
  const auto add = [&](const CachedObject& object) {
    oldest_first.push_back(&object);
    total += object.bytes;
  };
  for (const CachedRepository& repository : inventory.repositories) add(repository);
  for (const CachedCheckpoint& checkpoint : inventory.checkpoints) add(checkpoint);
  std::stable_sort(oldest_first.begin(), oldest_first.end(), is_older);
  std::vector<const CachedObject*> chosen;
  for (const CachedObject* object : oldest_first) {
    const bool is_idle = limits.max_idle_time && now - object->used > *limits.max_idle_time;
    const bool is_too_much = limits.max_bytes && total > *limits.max_bytes;
    if (!is_idle && !is_too_much) continue;
    total -= object->bytes;
    chosen.push_back(object);
  }
  const auto is_chosen = [&](const CachedObject& object) {
    return std::find(chosen.begin(), chosen.end(), &object) != chosen.end();
  };
  Prunable prunable;
  std::copy_if(inventory.repositories.begin(), inventory.repositories.end(),
               std::back_inserter(prunable.repositories), is_chosen);
  std::copy_if(inventory.checkpoints.begin(), inventory.checkpoints.end(),
               std::back_inserter(prunable.checkpoints), is_chosen);
  return prunable;
}

Pruned prune(const TorchPaths& paths, const Prunable& prunable) {
  Pruned pruned;
  const auto note = [&](const CachedObject& object, bool is_removed) {
    (is_removed ? pruned.removed : pruned.kept).push_back(object.path);
    if (is_removed) pruned.bytes += object.bytes;
  };
  for (const CachedRepository& repository : prunable.repositories) {
    const bool is_idle =
        !was_used_since(repository, look_at(paths, repository.path, repository.is_settled));
    note(repository, is_idle && remove_repository(paths, repository));
  }
  const VerifiedFiles verified(paths.stamps());
  for (const CachedCheckpoint& checkpoint : prunable.checkpoints) {
    CachedObject current;
    if (const auto facts = facts_of(checkpoint.path)) current.used = facts->used;
    if (const auto stamp = verified.find(checkpoint.path))
      current.used = std::max(current.used, stamp->used);
    const bool is_removed = !was_used_since(checkpoint, current) && remove_checkpoint(checkpoint);
    if (is_removed) verified.forget(checkpoint.path);
    note(checkpoint, is_removed);
  }
  return pruned;
}

}  // namespace torchhub::cache
