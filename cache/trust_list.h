#ifndef TORCHHUB_CACHE_TRUST_LIST_H_
#define TORCHHUB_CACHE_TRUST_LIST_H_
// torch.hub's trusted_list: one owner_name a line, shared with Python's torch.hub, which reads and
// appends without a lock.
//
//   if (!cache::is_listed(paths.trusted_list(), "acme_digits"))
//     cache::add_to_trust_list(paths.trusted_list(), "acme_digits");

#include <torchhub/cache/export.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::cache {

/// Whose lists count: in a folder that others may write, whoever comes first writes one.
enum class ListsOf {
  trusted,  ///< this user, or root
  anybody,
};

/// Whether a line of `list`, stripped of white space at both ends, is `entry`. A list that does not
/// exist, or does not count, has no lines. Throws cache::Error with the system's code where it can't be
/// read, or is no regular file.
TORCHHUB_CACHE_EXPORT bool is_listed(const std::filesystem::path& list, std::string_view entry,
                                     ListsOf whose = ListsOf::trusted);

/// The lines of `list`, stripped, in their order. Throws as is_listed.
TORCHHUB_CACHE_EXPORT std::vector<std::string> listed_lines(const std::filesystem::path& list,
                                                            ListsOf whose = ListsOf::trusted);

/// Appends `entry` unless it is there; other lines stay as they are, also a last one without
/// newline. Concurrent writers of ours exclude each other. Throws cache::Error with the system's
/// code; operation_not_permitted for a list that does not count.
TORCHHUB_CACHE_EXPORT void add_to_trust_list(const std::filesystem::path& list,
                                             std::string_view entry,
                                             ListsOf whose = ListsOf::trusted);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_TRUST_LIST_H_
