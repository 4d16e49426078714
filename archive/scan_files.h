#ifndef TORCHHUB_ARCHIVE_SCAN_FILES_H_
#define TORCHHUB_ARCHIVE_SCAN_FILES_H_
// scan_checkpoint() of what a path stands for: a file, the shards of an index, the files of a folder.
//
//   archive::scan_files("models", [](const archive::ScannedFile& file) {
//     if (!file.is_skipped && !file.scan.is_safe) std::cerr << file.path << file.scan.reason << "\n";
//   });
//
// In a folder each file is looked at, whatever its name, also those whose names begin with a dot. What is
// neither a checkpoint nor a pickle by its content (Scan::is_other) is skipped, with what it is for the
// reason; so are FIFOs, sockets, devices and links that lead nowhere. A symbolic link is followed to a file
// inside of the folder; one that leads out of it is refused, since a loader that is given its name would
// read what nobody has judged.

#include <torchhub/archive/export.h>
#include <torchhub/archive/open_options.h>
#include <torchhub/archive/scan.h>

#include <filesystem>
#include <functional>

namespace torchhub::archive {

struct ScannedFile {
  std::filesystem::path path;
  Scan scan;
  bool is_skipped =
      false;  ///< of a folder: nothing that a reader of checkpoints or pickles could run
};

/// Calls `use` with each file that `path` stands for: of a folder by name, folder by folder; of an index by
/// the shards' names; an index that names none, or that is none, stands for itself. Whatever is wrong with
/// one file, or with `path`, is that file's ScanCause::unreadable, and the others follow.
/// Throws: what `use` throws.
TORCHHUB_ARCHIVE_EXPORT void scan_files(const std::filesystem::path& path,
                                        const std::function<void(const ScannedFile&)>& use,
                                        const OpenOptions& options = OpenOptions());

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_SCAN_FILES_H_
