#ifndef TORCHHUB_ARCHIVE_DETAIL_FOREIGN_ZIP_H_
#define TORCHHUB_ARCHIVE_DETAIL_FOREIGN_ZIP_H_
// Zip archives of others that people take for checkpoints: by the names in them.

#include <torchhub/archive/detail/checkpoint_contents.h>
#include <torchhub/archive/zip_entry.h>

namespace torchhub::archive::detail {

/// Throws: errc::not_a_checkpoint for numpy's .npz and Keras' .keras, whose format `contents` has then.
void refuse_foreign_zip(CheckpointContents& contents, const ZipDirectory& directory);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FOREIGN_ZIP_H_
