#ifndef TORCHHUB_ARCHIVE_CONVERT_H_
#define TORCHHUB_ARCHIVE_CONVERT_H_
// Any checkpoint as safetensors.
//
//   const archive::Converted made = archive::convert_to_safetensors(
//       archive::open_checkpoint("model.pth"), "model.safetensors");
//
// Elements keep their bits. A tensor that is another one under a second name is written once, and
// __metadata__ tells of the name, as safetensors.torch.save_model does. What the format cannot keep
// besides (views that overlap, strides, values that are no text) is told in what comes back.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/read_only_file.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace torchhub::archive {

struct Converted {
  std::uint64_t bytes = 0;           ///< of the file
  std::size_t tensors = 0;           ///< written
  std::vector<std::string> aliases;  ///< names that are in __metadata__ alone
  std::vector<std::string>
      unshared;  ///< tensors that shared bytes with others, and have their own now
  /// Paths of values that are no tensors, the first ten thousand: of an object, of what its state holds.
  /// Never "", and control characters in them as \xNN.
  std::vector<std::string> dropped;
};

/// What is written, open_checkpoint() reads.
/// Throws: errc::unsupported_format for sparse, quantized and meta tensors, for dtypes that the format
///   lacks, and for a tensor without a name or with a NUL in it; what for_each_piece and SafetensorsWriter
///   throw. There is no file then, or the one that was.
TORCHHUB_ARCHIVE_EXPORT Converted
convert_to_safetensors(const Checkpoint& checkpoint, const std::filesystem::path& path,
                       ReadOnlyFile read_only = ReadOnlyFile::kept);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_CONVERT_H_
