#ifndef TORCHHUB_CACHE_SHARE_FILE_H_
#define TORCHHUB_CACHE_SHARE_FILE_H_
// One file at two places, for the price of one where the file system can do that.
//
//   cache::share_file(store.blob(digest), paths.checkpoint("resnet18-5c106cde.pth"));

#include <torchhub/cache/export.h>
#include <torchhub/cache/path_policy.h>

#include <filesystem>

namespace torchhub::cache {

enum class Shared {
  reflink,    ///< the same blocks, each file its own
  hard_link,  ///< the same file under two names
  copy,       ///< the two lie on different file systems
};

/// Puts the content of `from` at `to`, whose folders are made; it appears whole, and replaces a file
/// that is there, or the one that a symbolic link there leads to. Throws cache::Error with the
/// system's code; what replaced_path() does. There is nothing at `to` then, or what was.
TORCHHUB_CACHE_EXPORT Shared share_file(const std::filesystem::path& from,
                                        const std::filesystem::path& to);

/// Puts a checkpoint where `to` wants it, from where `from` has it. False where one of them has no
/// place for it, or it is not there.
template <PathPolicy From, PathPolicy To>
bool share_checkpoint(const From& from, const To& to, const CheckpointKey& key) {
  const std::filesystem::path source = from.checkpoint(key);
  const std::filesystem::path target = to.checkpoint(key);
  std::error_code absent;
  if (source.empty() || target.empty() || !std::filesystem::is_regular_file(source, absent))
    return false;
  share_file(source, target);
  return true;
}

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_SHARE_FILE_H_
