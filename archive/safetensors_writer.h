#ifndef TORCHHUB_ARCHIVE_SAFETENSORS_WRITER_H_
#define TORCHHUB_ARCHIVE_SAFETENSORS_WRITER_H_
// Writes a safetensors file, tensor by tensor, without holding them in memory.
//
//   archive::SafetensorsWriter writer("model.safetensors",
//                                     {{"weight", archive::DType::float32, {64, 3, 3, 3}}});
//   writer.write(0, bytes);
//   writer.publish();
//
// The file grows beside its place and is renamed when it is whole, so that a tensor may come from the
// very file that is replaced. A symbolic link stays: what it leads to is replaced. Order and padding are those of the format's own library: larger elements
// first, then by name, the data at a multiple of eight.

#include <torchhub/archive/dtype.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/read_only_file.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

namespace detail {
class GrowingFile;
}

struct SafetensorsTensor {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
};

/// The format's name for a dtype; nothing for those that it does not have.
TORCHHUB_ARCHIVE_EXPORT std::optional<std::string_view> safetensors_dtype(DType dtype);

class TORCHHUB_ARCHIVE_EXPORT SafetensorsWriter {
 public:
  /// `tensors` keep their numbers, whatever their order in the file. `metadata` goes into the header.
  /// Throws: errc::unsupported_format for a dtype that the format lacks; errc::damaged_checkpoint for
  ///   a name twice; what open_checkpoint() would say of the header, such as a name with a NUL, more than a
  ///   million tensors or 100 MB; the system's codes.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<SafetensorsTensor> tensors,
                    const std::map<std::string, std::string>& metadata = {},
                    ReadOnlyFile read_only = ReadOnlyFile::kept);
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;
  ~SafetensorsWriter();

  /// Appends to the tensor's data, which is contiguous and little endian. Throws: the system's codes.
  void write(std::size_t tensor, std::span<const std::byte> bytes);

  /// Flushes the file and renames it into place. Throws: errc::damaged_checkpoint where a tensor lacks
  /// bytes or has too many; the system's codes.
  void publish();

  std::uint64_t bytes() const { return total_bytes_; }  ///< of the whole file

 private:
  std::string laid_out(const std::filesystem::path& path,
                       const std::map<std::string, std::string>& metadata);

  std::unique_ptr<detail::GrowingFile> file_;
  std::vector<SafetensorsTensor> tensors_;
  std::vector<std::uint64_t> next_;  // where each tensor's next bytes go
  std::vector<std::uint64_t> end_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_SAFETENSORS_WRITER_H_
