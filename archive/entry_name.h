#ifndef TORCHHUB_ARCHIVE_ENTRY_NAME_H_
#define TORCHHUB_ARCHIVE_ENTRY_NAME_H_
// Which names an archive's entries may have.
//
//   if (const char* flaw = archive::flaw_of_entry_name("../etc/passwd")) ...   // "has a '..' in
//   its path"
//
// Pure.

#include <torchhub/archive/export.h>

#include <string_view>

namespace torchhub::archive {

/// Why an entry must not be created under `name`, as a clause; null where it may. Refused: empty
/// and over-long names, absolute ones and drives, a '..' or '.' or empty component, a backslash
/// (which separates folders elsewhere), control characters, and what is not UTF-8. A folder's
/// trailing '/' is fine.
TORCHHUB_ARCHIVE_EXPORT const char* flaw_of_entry_name(std::string_view name);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ENTRY_NAME_H_
