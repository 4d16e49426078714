#ifndef TORCHHUB_HUB_FOREIGN_FILE_H_
#define TORCHHUB_HUB_FOREIGN_FILE_H_
// Whose files a folder holds. In a folder that many may write, being there says nothing of who made it.
//
//   if (const auto foreign = torchhub::find_foreign_file("hub/acme_digits_main"))
//     std::cerr << foreign->path << " belongs to " << torchhub::user_name(foreign->owner) << "\n";
//
// Source: git's safe.directory (CVE-2022-24765).

#include <torchhub/hub/export.h>

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace torchhub {

struct ForeignFile {
  std::filesystem::path path;
  uid_t owner = 0;
};

/// Who owns `path`, or the link at its end, if that is neither this process's effective user nor root;
/// nothing for what does not exist.
TORCHHUB_EXPORT std::optional<uid_t> foreign_owner(const std::filesystem::path& path);

/// The first of `folder` and all that lies in it that has a foreign_owner(). What links lead to is
/// looked at, and not entered.
TORCHHUB_EXPORT std::optional<ForeignFile> find_foreign_file(const std::filesystem::path& folder);

/// Whether `folder` is one of `safe` or lies below one; "*" is every folder.
TORCHHUB_EXPORT bool is_safe_directory(const std::vector<std::filesystem::path>& safe,
                                       const std::filesystem::path& folder);

/// "nobody (user 65534)", or the number alone where it has no name.
TORCHHUB_EXPORT std::string user_name(uid_t user);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_FOREIGN_FILE_H_
