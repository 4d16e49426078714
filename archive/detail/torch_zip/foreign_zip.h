#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_FOREIGN_ZIP_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_FOREIGN_ZIP_H_
// Zip archives of others that people take for checkpoints: by the names in them.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/zip_entry.h>

#include <algorithm>
#include <string>

namespace torchhub::archive::detail {

/// Throws: errc::not_a_checkpoint for numpy's .npz and Keras' .keras, whose format `contents` has then.
inline void refuse_foreign_zip(CheckpointContents& contents, const ZipDirectory& directory);

namespace foreign_zip_detail {

inline FileFormat format_of(const ZipDirectory& directory) {
  const auto& entries = directory.entries;
  const bool are_arrays =
      !entries.empty() && std::all_of(entries.begin(), entries.end(), [](const ZipEntry& entry) {
        return entry.name.ends_with(".npy");
      });
  if (are_arrays) return FileFormat::numpy_archive;
  if (directory.find("config.json") && directory.find("model.weights.h5")) return FileFormat::keras;
  return FileFormat::zip;
}

}  // namespace foreign_zip_detail

inline void refuse_foreign_zip(CheckpointContents& contents, const ZipDirectory& directory) {
  const FileFormat format = foreign_zip_detail::format_of(directory);
  if (format == FileFormat::zip) return;
  contents.format = format;
  throw Error(errc::not_a_checkpoint, "it is " + std::string(describe(format)));
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_FOREIGN_ZIP_H_
