#ifndef TORCHHUB_CACHE_VERIFIED_FILES_H_
#define TORCHHUB_CACHE_VERIFIED_FILES_H_
// What is known of files that were read once: a digest need not be computed again while a file has the
// inode, size and times that it had. Of its times, the one of its last change nobody can set back.
//
//   const cache::VerifiedFiles verified(paths.stamps());
//   std::string sha256 = verified.digest_of(file);     // reads the file the first time only
//
// One small file for each, replaced by rename: any number of processes may write. They are a help,
// never a condition: what cannot be read counts as unknown, as does what another user than root wrote,
// and a cache that can't be written works.

#include <torchhub/cache/export.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace torchhub::cache {

struct FileStamp {
  std::string sha256;       ///< 64 lower-case hexadecimal digits
  std::string url;          ///< where the file came from, fit to be shown; "" where it is not known
  bool is_current = false;  ///< the file is still as it was when the digest was taken
  std::chrono::system_clock::time_point used;  ///< when it was last asked for
};

/// Thread safety: all functions may be called at once.
class TORCHHUB_CACHE_EXPORT VerifiedFiles {
 public:
  explicit VerifiedFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// What is known of `file`, which may have changed since.
  std::optional<FileStamp> find(const std::filesystem::path& file) const;

  /// The SHA-256 of `file` as it is now: remembered, or computed and remembered.
  /// Throws cache::Error where the file can't be read.
  std::string digest_of(const std::filesystem::path& file) const;

  /// Writes down the digest of `file` as it is now. `url` replaces what was known, unless it is "".
  /// Returns whether that could be written.
  bool remember(const std::filesystem::path& file, const std::string& sha256,
                const std::string& url = "") const;

  /// `file` was used now. Nothing happens where that can't be written down.
  void note_use(const std::filesystem::path& file) const;

  /// Nothing is known any more.
  void forget(const std::filesystem::path& file) const;

 private:
  std::filesystem::path stamp_path(const std::filesystem::path& file) const;

  std::filesystem::path folder_;
};

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_VERIFIED_FILES_H_
