#ifndef TORCHHUB_ARCHIVE_DETAIL_FORMATS_FORMAT_NAMES_H_
#define TORCHHUB_ARCHIVE_DETAIL_FORMATS_FORMAT_NAMES_H_
// What formats are called. Pure.

#include <torchhub/archive/file_format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace torchhub::archive::detail {

namespace format_names_detail {

struct Row {
  FileFormat format;
  std::string_view name;
};

inline constexpr auto kSentences = std::to_array<Row>({
    {FileFormat::empty, "an empty file"},
    {FileFormat::zip, "a zip archive"},
    {FileFormat::legacy_stream, "a checkpoint of torch before 1.6"},
    {FileFormat::legacy_tar, "a tar checkpoint of torch before 0.1.10"},
    {FileFormat::torch_script, "a TorchScript archive"},
    {FileFormat::exported_program, "an exported program (.pt2)"},
    {FileFormat::safetensors, "a safetensors file"},
    {FileFormat::shard_index, "the index of a checkpoint in several files"},
    {FileFormat::xml, "an XML document"},
    {FileFormat::json, "a JSON document"},
    {FileFormat::gguf, "a GGUF file"},
    {FileFormat::hdf5, "an HDF5 file"},
    {FileFormat::numpy_array, "a numpy array (.npy)"},
    {FileFormat::numpy_archive, "a zip archive of numpy arrays (.npz)"},
    {FileFormat::keras, "a Keras model (.keras)"},
    {FileFormat::onnx, "an ONNX model"},
    {FileFormat::tensor_flow, "a TensorFlow SavedModel"},
    {FileFormat::tf_lite, "a TensorFlow Lite model"},
    {FileFormat::mobile_module, "a TorchScript module for mobile devices, as a flat buffer"},
    {FileFormat::executorch, "an ExecuTorch program"},
    {FileFormat::gzip, "a gzip file"},
    {FileFormat::xz, "an xz file"},
    {FileFormat::bzip2, "a bzip2 file"},
    {FileFormat::zstandard, "a Zstandard (zstd) file"},
    {FileFormat::lz4, "an LZ4 file"},
    {FileFormat::rar, "a RAR archive"},
    {FileFormat::image, "an image"},
    {FileFormat::pdf, "a PDF document"},
    {FileFormat::program, "a program or a library (ELF)"},
    {FileFormat::text, "a text file"},
    {FileFormat::seven_zip, "a 7z archive"},
    {FileFormat::zeros, "a file of zeros, as an interrupted download leaves it"},
    {FileFormat::bare_pickle, "a bare pickle, not written by torch.save"},
    {FileFormat::web_page, "an HTML page"},
    {FileFormat::git_lfs_pointer, "a Git LFS pointer, not the file it stands for"},
});

}  // namespace format_names_detail

/// What the format is called in a sentence: "an HTML page".
inline std::string_view description_of(FileFormat format) {
  const auto row = std::find_if(
      format_names_detail::kSentences.begin(), format_names_detail::kSentences.end(),
      [&](const format_names_detail::Row& candidate) { return candidate.format == format; });
  return row == format_names_detail::kSentences.end() ? "a file of an unknown kind" : row->name;
}

/// One word for a format that open_checkpoint() reads.
inline std::string_view word_for(FileFormat format) {
  switch (format) {
    case FileFormat::zip:
      return "zip";
    case FileFormat::torch_script:
      return "torchscript";
    case FileFormat::exported_program:
      return "pt2";
    case FileFormat::legacy_stream:
      return "legacy";
    case FileFormat::legacy_tar:
      return "legacy-tar";
    case FileFormat::safetensors:
      return "safetensors";
    case FileFormat::shard_index:
      return "sharded";
    case FileFormat::bare_pickle:
      return "pickle";
    default:
      return "unknown";
  }
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_FORMATS_FORMAT_NAMES_H_
