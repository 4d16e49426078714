#ifndef TORCHHUB_CACHE_FOLDER_H_
#define TORCHHUB_CACHE_FOLDER_H_
// Folders of the cache, made and put in place.
//
//   cache::make_folders(paths.repository_staging(key));
//   ... unpack ...
//   cache::publish_folder(unpacked, paths.repository(key));

#include <filesystem>

namespace torchhub::cache {

/// Creates `folder` and its parents. Throws cache::Error with the system's code.
void make_folders(const std::filesystem::path& folder);

/// Renames `made` to `place`, which appears whole or not at all. A folder that stood there is
/// swapped for the new one in one step and then removed: a reader in the old one keeps its files
/// open. Both must lie on one file system. Throws cache::Error with the system's code; `place` is
/// then as it was.
void publish_folder(const std::filesystem::path& made, const std::filesystem::path& place);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_FOLDER_H_
