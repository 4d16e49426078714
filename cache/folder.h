#ifndef TORCHHUB_CACHE_FOLDER_H_
#define TORCHHUB_CACHE_FOLDER_H_
// Folders of the cache, made apart and put in place whole.
//
//   cache::StagingFolder staging(paths.staging(), "acme_digits_main");
//   ... unpack into staging.path() / "unpacked" ...
//   cache::publish_folder(staging.path() / "unpacked", paths.repository(key), paths.retired());

#include <torchhub/cache/export.h>

#include <filesystem>
#include <string_view>

namespace torchhub::cache {

/// Creates `folder` and its parents; one of the cache as make_own_folders() does. Throws cache::Error
/// with the system's code.
TORCHHUB_CACHE_EXPORT void make_folders(const std::filesystem::path& folder);

/// A new folder that no other process uses, removed with what is left in it.
class TORCHHUB_CACHE_EXPORT StagingFolder {
 public:
  /// `parent`/`name`.HOST....; the parents are made. Throws cache::Error with the system's code.
  StagingFolder(const std::filesystem::path& parent, std::string_view name);
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;
  ~StagingFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Flushes all of `made` and renames `made` to `place`, which appears whole or not at
/// all, also after a power cut. What stood there moves into the folder `retired`, whole: who reads in
/// it goes on. All three must lie on one file system. Where that can't swap two names in one step,
/// nothing is in place for an instant.
/// Throws cache::Error with the system's code; `place` is then as it was. What is neither a folder nor
/// a link is not replaced: not_a_directory.
TORCHHUB_CACHE_EXPORT void publish_folder(const std::filesystem::path& made,
                                          const std::filesystem::path& place,
                                          const std::filesystem::path& retired);

/// Renames what is at `place`, a file or a folder, into the folder `retired`. Throws cache::Error.
/// Returns where it is now.
TORCHHUB_CACHE_EXPORT std::filesystem::path retire(const std::filesystem::path& place,
                                                   const std::filesystem::path& retired);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_FOLDER_H_
