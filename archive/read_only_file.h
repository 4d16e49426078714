#ifndef TORCHHUB_ARCHIVE_READ_ONLY_FILE_H_
#define TORCHHUB_ARCHIVE_READ_ONLY_FILE_H_
// What becomes of a read-only file that another one is to replace.

namespace torchhub::archive {

enum class ReadOnlyFile {
  kept,      ///< permission_denied, before anything is written
  replaced,  ///< as if it were none
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_READ_ONLY_FILE_H_
