#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/own_folder.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

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

// Of a few files each is flushed, which waits for nobody else's; of more, their file system is, once:
// a wait for each would take longer than what others have left to write.
constexpr std::size_t kFlushedOneByOne = 64;

// Flushes `folder` and all below it.
void sync_tree(const fs::path& folder) {
  std::vector<fs::path> paths{folder};
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_symlink()) paths.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    detail::throw_errno(folder, "cannot be read", error.code().value());
  }
  if (paths.size() > kFlushedOneByOne) {
    const detail::File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) detail::throw_errno(folder, "cannot be opened");
    if (::syncfs(opened.descriptor()) != 0) detail::throw_errno(folder, "cannot be flushed");
    return;
  }
  const auto for_each = [&](auto flush) {
    for (const fs::path& path : paths) {
      const detail::File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!file) detail::throw_errno(path, "cannot be opened");
      flush(path, file);
    }
  };
  // Writing out is begun everywhere first: then one wait, for the file system's journal, does for
  // nearly all.
  for_each([](const fs::path&, const detail::File& file) {
    // Only begun; nothing depends on its success.
    ::sync_file_range(file.descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE);
  });
  for_each([](const fs::path& path, const detail::File& file) {
    // EINVAL: a file system that keeps no folders to flush.
    if (::fsync(file.descriptor()) != 0 && errno != EINVAL)
      detail::throw_errno(path, "cannot be flushed");
  });
}

}  // namespace

void make_folders(const fs::path& folder) { make_own_folders(folder); }

StagingFolder::StagingFolder(const fs::path& parent, std::string_view name)
    : path_(name_among(parent, name)) {
  // Not one that is there: somebody else would have made it.
  if (::mkdir(path_.c_str(), S_IRWXU) != 0)
    detail::throw_errno(path_, "this folder cannot be made");
}

StagingFolder::~StagingFolder() {
  // What can't be removed now is swept later.
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void publish_folder(const fs::path& made, const fs::path& place, const fs::path& retired) {
  make_folders(place.parent_path());
  std::error_code absent;
  const fs::file_type there = fs::symlink_status(place, absent).type();
  if (there != fs::file_type::not_found && there != fs::file_type::directory &&
      there != fs::file_type::symlink)
    detail::throw_errno(place, "is no folder, and none takes its place", ENOTDIR);
  sync_tree(made);
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
    if (there != fs::file_type::not_found) retire(place, retired);
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
