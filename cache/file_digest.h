#ifndef TORCHHUB_CACHE_FILE_DIGEST_H_
#define TORCHHUB_CACHE_FILE_DIGEST_H_
// The SHA-256 of a whole file.
//
//   std::string hex = cache::file_digest("weights.pth");

#include <torchhub/cache/export.h>

#include <filesystem>
#include <string>

namespace torchhub::cache {

/// 64 hexadecimal digits. Throws cache::Error with the system's code; of what is no regular file,
/// invalid_argument.
TORCHHUB_CACHE_EXPORT std::string file_digest(const std::filesystem::path& path);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_FILE_DIGEST_H_
