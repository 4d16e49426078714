#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_EXPORTED_PROGRAM_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_EXPORTED_PROGRAM_H_
// The weights and constants of a .pt2 archive, by the configurations that list them; not its graph.
//
// Source: torch/export/pt2_archive/constants.py and torch/_export/serde/schema.py of PyTorch 2.13.

#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/torch_zip/zip_records.h>

namespace torchhub::archive::detail {

void read_exported_program(CheckpointContents& contents, const ReaderInput& input,
                           const ZipRecords& records);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_EXPORTED_PROGRAM_H_
