#ifndef TORCHHUB_ARCHIVE_TORCH_ZIP_WRITER_H_
#define TORCHHUB_ARCHIVE_TORCH_ZIP_WRITER_H_
// Writes a state dict in torch.save's zip format, storage by storage, without holding them in memory.
//
//   archive::TorchZipWriter writer("model.pth", {{"weight", archive::DType::float32, {64, 3}, {3, 1}, 0}},
//                                  {64 * 3 * 4});
//   writer.write(bytes);
//   writer.publish();
//
// Python's torch.load reads it, also with weights_only=True: an OrderedDict of tensors, those that share
// a storage still sharing it. Storages lie at multiples of 64 bytes, stored, with their CRC-32.
// Source: torch/serialization.py and caffe2/serialize/inline_container.cc of PyTorch 2.13.

#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/read_only_file.h>
#include <torchhub/archive/torch_zip_tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

namespace detail {
class GrowingFile;
struct ZipEntryPlace;
}  // namespace detail

class TORCHHUB_ARCHIVE_EXPORT TorchZipWriter {
 public:
  /// `storage_bytes` are the storages' sizes. torch keeps a storage under one dtype.
  /// Throws: errc::unsupported_format for quantized dtypes and for a storage of two dtypes;
  ///   errc::damaged_checkpoint for a name twice; the system's codes.
  TorchZipWriter(const std::filesystem::path& path, const std::vector<TorchZipTensor>& tensors,
                 std::vector<std::uint64_t> storage_bytes,
                 ReadOnlyFile read_only = ReadOnlyFile::kept);
  TorchZipWriter(const TorchZipWriter&) = delete;
  TorchZipWriter& operator=(const TorchZipWriter&) = delete;
  ~TorchZipWriter();

  /// Appends to the storages' bytes, which come one storage after the other.
  /// Throws: errc::damaged_checkpoint where there are too many; the system's codes.
  void write(std::span<const std::byte> bytes);

  /// Ends the archive, flushes the file and renames it into place. Throws: errc::damaged_checkpoint
  /// where bytes are missing; the system's codes.
  void publish();

 private:
  void begin_entry(std::string name, std::uint64_t size);
  void append_data(std::span<const std::byte> bytes);
  void end_entry();
  void write_entry(std::string name, std::string_view content);
  void begin_storages();
  void append(std::string_view bytes);

  std::vector<std::uint64_t> storage_bytes_;
  std::size_t storage_ = 0;  // the one whose entry is open
  std::unique_ptr<detail::GrowingFile> file_;
  std::uint64_t at_ = 0;
  std::uint64_t entry_left_ = 0;
  std::vector<detail::ZipEntryPlace> entries_;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_TORCH_ZIP_WRITER_H_
