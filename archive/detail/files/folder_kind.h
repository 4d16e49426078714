#ifndef TORCHHUB_ARCHIVE_DETAIL_FILES_FOLDER_KIND_H_
#define TORCHHUB_ARCHIVE_DETAIL_FILES_FOLDER_KIND_H_
// What a folder is that was given for a checkpoint, by the names in it.

#include <filesystem>
#include <string>

namespace torchhub::archive::detail {

/// "a folder", or what kind of one and what to give instead: for behind "is". Of a folder that cannot be
/// listed, "a folder".
std::string describe_folder(const std::filesystem::path& folder);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FILES_FOLDER_KIND_H_
