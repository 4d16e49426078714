#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/folder.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

// 0, or errno.
int try_rename(const fs::path& from, const fs::path& to, unsigned flags) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0 ? 0 : errno;
}

// Whether the file system has no such rename: network file systems don't.
bool is_unsupported(int error) { return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP; }

fs::path name_among(const fs::path& retired, const fs::path& place) {
  make_folders(retired);
  return retired / (place.filename().string().substr(0, 128) + detail::owner_suffix());
}

// All of the file system's: one wait, where a tree's files one by one would take one each.
void sync_file_system_of(const fs::path& folder) {
  const detail::File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) detail::throw_errno(folder, "cannot be opened");
  if (::syncfs(opened.descriptor()) != 0) detail::throw_errno(folder, "cannot be flushed");
}

}  // namespace

void make_folders(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) detail::throw_errno(folder, "this folder cannot be made", failure.value());
}

StagingFolder::StagingFolder(const fs::path& parent, std::string_view name)
    : path_(name_among(parent, name)) {
  make_folders(path_);
}

StagingFolder::~StagingFolder() {
  // What can't be removed now is swept later.
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void publish_folder(const fs::path& made, const fs::path& place, const fs::path& retired) {
  make_folders(place.parent_path());
  sync_file_system_of(made);
  int error = try_rename(made, place, RENAME_NOREPLACE);
  if (error == EEXIST) {
    // The new one goes where the old one will be, so that one step leaves both where they belong.
    const fs::path waiting = name_among(retired, place);
    error = try_rename(made, waiting, 0);
    if (error == 0) error = try_rename(waiting, place, RENAME_EXCHANGE);
    if (is_unsupported(error)) {
      const fs::path old = retire(place, retired);
      error = try_rename(waiting, place, 0);
      if (error != 0) try_rename(old, place, 0);
    }
  } else if (is_unsupported(error)) {
    std::error_code absent;
    if (fs::symlink_status(place, absent).type() != fs::file_type::not_found)
      retire(place, retired);
    error = try_rename(made, place, 0);
  }
  if (error != 0) detail::throw_errno(place, "the new folder cannot be put here", error);
  detail::sync_folder(place.parent_path());
}

fs::path retire(const fs::path& place, const fs::path& retired) {
  fs::path away = name_among(retired, place);
  if (const int error = try_rename(place, away, 0))
    detail::throw_errno(place, "cannot be moved away", error);
  return away;
}

}  // namespace torchhub::cache
