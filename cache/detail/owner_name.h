#ifndef TORCHHUB_CACHE_DETAIL_OWNER_NAME_H_
#define TORCHHUB_CACHE_DETAIL_OWNER_NAME_H_
// Names of files that one process makes for itself in a folder that many use, and how to tell later
// whether it still lives.

#include <filesystem>
#include <string>
#include <string_view>

namespace torchhub::cache::detail {

/// ".HOST.NAMESPACE.PID.START.NONCE", which no other process on any machine takes.
std::string owner_suffix();

enum class Owner {
  alive,
  dead,     ///< a process of this machine that is no more
  unknown,  ///< of another machine or container, or the name is none of owner_suffix()
};

/// Who made the file whose name ends in an owner_suffix().
Owner owner_of(std::string_view name);

/// The name under which `target` grows: NAME.torchhub-part, with a long NAME shortened, since file
/// systems end at 255 bytes.
std::filesystem::path part_path(const std::filesystem::path& target);

/// Ends the name of a part.
inline constexpr std::string_view kPartSuffix = ".torchhub-part";

/// Ends the names of the files beside a part: its journal.
inline constexpr std::string_view kJournalSuffix = "-journal";

}  // namespace torchhub::cache::detail

#endif  // TORCHHUB_CACHE_DETAIL_OWNER_NAME_H_
