#ifndef TORCHHUB_HUB_LOCK_FILE_H_
#define TORCHHUB_HUB_LOCK_FILE_H_
// hub.lock: what URLs and repositories are to be, written once and checked in. JSON, sorted:
//
//   {
//     "version": 1,
//     "repositories": {
//       "acme/digits:v1": {"ref": "v1", "commit": "40 digits", "tree": "64 digits"}
//     },
//     "urls": {
//       "https://example.com/resnet18.pth": {"sha256": "64 digits", "size": 46830571}
//     }
//   }
//
//   torchhub::LockFile pins = torchhub::read_lock_file("hub.lock");
//   if (const torchhub::UrlPin* pin = pins.find_url(url)) ...

#include <torchhub/hub/error.h>
#include <torchhub/hub/export.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace torchhub {

struct UrlPin {
  std::string sha256;      ///< 64 lower-case hexadecimal digits
  std::uint64_t size = 0;  ///< bytes

  bool operator==(const UrlPin&) const = default;
};

struct RepositoryPin {
  std::string ref;     ///< what its name meant, the default branch among others
  std::string commit;  ///< 40 lower-case hexadecimal digits
  std::string tree;    ///< its cache::tree_digest()

  bool operator==(const RepositoryPin&) const = default;
};

struct TORCHHUB_EXPORT LockFile {
  std::map<std::string, RepositoryPin> repositories;  ///< by OWNER/NAME or OWNER/NAME:REF, as asked
  std::map<std::string, UrlPin> urls;                 ///< by lock_key_of_url()

  /// nullptr where it is not pinned.
  const UrlPin* find_url(std::string_view url) const;
  const RepositoryPin* find_repository(const std::string& name) const;

  bool operator==(const LockFile&) const = default;
};

/// The URL as it stands in a lock file: without user and password, for a lock file is checked in.
TORCHHUB_EXPORT std::string lock_key_of_url(std::string_view url);

/// Throws: errc::bad_lock_file, naming what is wrong with `text`, which came from `path`.
TORCHHUB_EXPORT LockFile parse_lock_file(std::string_view text, const std::filesystem::path& path);
/// Indented, sorted, with a newline at the end: made to be read in a diff.
TORCHHUB_EXPORT std::string serialize_lock_file(const LockFile& lock_file);

/// Throws: errc::bad_lock_file; the system's code where it can't be read.
TORCHHUB_EXPORT LockFile read_lock_file(const std::filesystem::path& path);
/// Replaces the file as a whole; one that is read-only, with `force`. Throws cache::Error.
TORCHHUB_EXPORT void write_lock_file(const std::filesystem::path& path, const LockFile& lock_file,
                                     bool force = false);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_LOCK_FILE_H_
