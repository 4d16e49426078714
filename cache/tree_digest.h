#ifndef TORCHHUB_CACHE_TREE_DIGEST_H_
#define TORCHHUB_CACHE_TREE_DIGEST_H_
// One digest for all that a folder holds, however it was packed: a repository's zip is made anew for
// each download, its tree is not.
//
//   std::string pinned = cache::tree_digest(paths.repository(key));
//
// SHA-256 over a line for each file below the folder, sorted by path as bytes:
//
//   PATH NUL MODE NUL DIGEST LF
//
// PATH is relative, with '/'; MODE is "x" for a file that its owner may execute, "l" for a symbolic
// link, "-" otherwise; DIGEST is the SHA-256 of the file, or of the link's target, in lower-case hex.
// Folders count by their files. What Python compiles is left out, __pycache__ and *.pyc: it comes as
// Python runs, and says other things than its source where somebody wants that.

#include <torchhub/cache/export.h>

#include <filesystem>
#include <string>

namespace torchhub::cache {

/// 64 hexadecimal digits. Throws cache::Error with the system's code where something can't be read.
TORCHHUB_CACHE_EXPORT std::string tree_digest(const std::filesystem::path& folder);

/// Removes every __pycache__ and *.pyc below `folder`, links of such names too: what tree_digest()
/// does not see should not run.
/// Throws cache::Error.
TORCHHUB_CACHE_EXPORT void remove_compiled_python(const std::filesystem::path& folder);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_TREE_DIGEST_H_
