#ifndef TORCHHUB_ARCHIVE_FILE_FORMAT_H_
#define TORCHHUB_ARCHIVE_FILE_FORMAT_H_
// What a file is, by its first bytes and never by its name.
//
//   if (archive::file_format(bytes) == archive::FileFormat::web_page) std::cerr << "an HTML page";
//
// Pure. One file, one interpretation: a reader that fails does not try the next format.

#include <torchhub/archive/export.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace torchhub::archive {

enum class FileFormat {
  empty,
  zip,               ///< torch.save since 1.6; by the first bytes alone also those two
  torch_script,      ///< a zip archive of torch.jit.save; told apart once it is open
  exported_program,  ///< a zip archive of torch.export.save (.pt2); likewise
  legacy_stream,     ///< torch.save before 1.6
  legacy_tar,        ///< torch.save before 0.1.10
  safetensors,
  shard_index,  ///< the *.index.json that names the files of a checkpoint in several
  bare_pickle,
  web_page,         ///< HTML: an error page saved under a checkpoint's name
  xml,              ///< likewise an object store's error message, as a rule
  json,             ///< likewise a server's
  git_lfs_pointer,  ///< a text that stands for a file that was not fetched
  text,             ///< any other
  gguf,
  hdf5,
  numpy_array,    ///< .npy
  numpy_archive,  ///< .npz; by the first bytes alone a zip
  keras,          ///< likewise
  onnx,
  tensor_flow,  ///< a SavedModel's graph
  tf_lite,
  mobile_module,  ///< TorchScript for mobile devices, as a flat buffer
  executorch,
  gzip,
  xz,
  bzip2,
  zstandard,
  lz4,
  seven_zip,
  rar,
  image,
  pdf,
  program,  ///< or a library, or an object file
  zeros,    ///< begins with nothing but zeros: a download that was never written
  unknown,
};

/// Reads the first few KiB; of what begins as JSON up to 64 MiB, to tell an index from another document;
/// and all of what may be a pickle of protocols 0 or 1, which has no signature.
TORCHHUB_ARCHIVE_EXPORT FileFormat file_format(std::span<const std::byte> bytes);

/// What the format is called in a sentence: "an HTML page".
TORCHHUB_ARCHIVE_EXPORT std::string_view describe(FileFormat format);

/// One word for a format that open_checkpoint() reads: "zip", "legacy", "safetensors".
TORCHHUB_ARCHIVE_EXPORT std::string_view name_of(FileFormat format);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_FILE_FORMAT_H_
