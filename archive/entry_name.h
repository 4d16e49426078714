#ifndef TORCHHUB_ARCHIVE_ENTRY_NAME_H_
#define TORCHHUB_ARCHIVE_ENTRY_NAME_H_
// Which names an archive's entries may have.
//
//   const char* flaw = archive::flaw_of_entry_name("../etc/passwd");     // "has a '..' in its path"
//
// Pure.

#include <torchhub/archive/export.h>

#include <string_view>

namespace torchhub::archive {

/// Which names an archive may hold.
enum class EntryNames {
  portable,     ///< those that mean the same file everywhere, in UTF-8
  linux_files,  ///< those that Python's zipfile extracts on Linux, and so torch.hub; what is no UTF-8,
                ///< and does not say that it is, is code page 437
};

/// Why an entry must not be created under `name`, as a clause; null where it may. Refused: empty
/// and over-long names, absolute ones and drives, a '..' or '.' or empty component, a backslash
/// (which separates folders elsewhere), control characters, and what is not UTF-8. A folder's
/// trailing '/' is fine.
TORCHHUB_ARCHIVE_EXPORT const char* flaw_of_entry_name(std::string_view name);

/// The same of a file on Linux, where a name is bytes: systemd's units have backslashes, macOS's icons
/// end in a carriage return, and Shift-JIS has either inside its characters. Refused is what leads
/// elsewhere, or nowhere: empty and over-long names, absolute ones, a '..' or '.' or empty component,
/// and a NUL.
TORCHHUB_ARCHIVE_EXPORT const char* flaw_of_linux_name(std::string_view name);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ENTRY_NAME_H_
