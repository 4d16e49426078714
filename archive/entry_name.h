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

/// What an archive's names may be written in.
enum class NameEncoding {
  utf8,           ///< and nothing else
  utf8_or_cp437,  ///< what is no UTF-8, and does not say that it is, is code page 437, as Python's
                  ///< zipfile reads it
};

/// Why an entry must not be created under `name`, as a clause; null where it may. Refused: empty
/// and over-long names, absolute ones and drives, a '..' or '.' or empty component, a backslash
/// (which separates folders elsewhere), control characters, and what is not UTF-8. A folder's
/// trailing '/' is fine.
TORCHHUB_ARCHIVE_EXPORT const char* flaw_of_entry_name(std::string_view name);

/// The same of a name in code page 437. A backslash is fine there: it is the second byte of characters
/// in the encodings that such names really have, and to Python's zipfile a character like others.
TORCHHUB_ARCHIVE_EXPORT const char* flaw_of_cp437_name(std::string_view name);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_ENTRY_NAME_H_
