#ifndef TORCHHUB_CACHE_REPLACED_PATH_H_
#define TORCHHUB_CACHE_REPLACED_PATH_H_
// Who is replaced where a finished file is put into place by a rename.
//
//   const auto place = cache::replaced_path("weights.pth");   // where a link leads, else itself
//   if (!force) cache::require_writable(place);
//
// A rename replaces whatever has the name: /dev/null as well as a file. As `curl -o` and the shell's
// `>` would, a new file takes the place of the one that a symbolic link leads to. Only links of this
// user's or root's are followed, as Linux does in sticky folders (proc(5), fs.protected_symlinks):
// another user could have chosen where they lead. A link that leads nowhere is itself replaced.

#include <torchhub/cache/export.h>

#include <filesystem>

namespace torchhub::cache {

/// Where a new file for `path` belongs: where that leads if it is a symbolic link to a regular file, else
/// `path`, where there is such a file, a link that leads nowhere, or nothing.
/// Throws cache::Error: is_a_directory; operation_not_permitted for a device, a FIFO, a socket and
/// another user's link; the system's code where a link may not be followed.
TORCHHUB_CACHE_EXPORT std::filesystem::path replaced_path(const std::filesystem::path& path);

/// Throws cache::Error, permission_denied, where the file at `path` is read-only: its owner may not
/// write to it by its mode, not even root, or this process may not.
TORCHHUB_CACHE_EXPORT void require_writable(const std::filesystem::path& path);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_REPLACED_PATH_H_
