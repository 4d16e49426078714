#ifndef TORCHHUB_CACHE_OWN_FOLDER_H_
#define TORCHHUB_CACHE_OWN_FOLDER_H_
// What a folder of the cache must be. Where others may write beside it, one that is not there yet can be
// planted: a link of theirs would have this process write, and remove, in a folder that they chose.
//
//   if (cache::foreign_link(paths.staging())) ...   // nothing there is ours
//
// A folder may belong to anybody, as those of a shared cache do; a link must be this user's or root's, as
// for Linux in sticky folders (proc(5), fs.protected_symlinks). Looked at are the hub directory, what
// leads from it to the folder, and nothing above: that was named by who set it.

#include <torchhub/cache/export.h>

#include <sys/types.h>

#include <filesystem>
#include <optional>

namespace torchhub::cache {

struct ForeignLink {
  std::filesystem::path path;
  uid_t owner = 0;
};

/// The first link of another user's from `root` to `folder`, both included. Without a `root` it is the
/// folder that the last `.torchhub` in `folder` lies in; without that, nothing is looked at.
TORCHHUB_CACHE_EXPORT std::optional<ForeignLink> foreign_link(
    const std::filesystem::path& folder, const std::filesystem::path& root = {});

/// Creates `folder` and its parents. Throws cache::Error with the system's code;
/// operation_not_permitted, naming the owner, where there is a foreign_link(): nothing is made behind it.
TORCHHUB_CACHE_EXPORT void make_own_folders(const std::filesystem::path& folder,
                                            const std::filesystem::path& root = {});

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_OWN_FOLDER_H_
