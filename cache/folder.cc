#include <torchhub/cache/detail/file.h>
#include <torchhub/cache/folder.h>

#include <fcntl.h>

#include <cstdio>

namespace torchhub::cache {

void make_folders(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) detail::throw_errno(folder, "this folder cannot be made", failure.value());
}

void publish_folder(const std::filesystem::path& made, const std::filesystem::path& place) {
  make_folders(place.parent_path());
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST) detail::throw_errno(place, "the new folder cannot be put here");
    if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) != 0) {
      detail::throw_errno(place, "this folder cannot be replaced");
    }
    std::error_code failure;
    std::filesystem::remove_all(made, failure);
    if (failure)
      detail::throw_errno(made, "the replaced folder cannot be removed", failure.value());
  }
  detail::sync_folder(place.parent_path());
}

}  // namespace torchhub::cache
