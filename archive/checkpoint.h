#ifndef TORCHHUB_ARCHIVE_CHECKPOINT_H_
#define TORCHHUB_ARCHIVE_CHECKPOINT_H_
// A checkpoint's tensors and values, read in place and without running anything.
//
//   archive::Checkpoint checkpoint = archive::open_checkpoint("model.pth");
//   for (const archive::TensorInfo& tensor : checkpoint.tensors())
//     std::cout << tensor.name << " " << tensor.dtype << " " << tensor.shape << "\n";
//   std::span<const std::byte> bytes = checkpoint.bytes("conv1.weight");     // in the mapped file
//
// Opening costs the directory and the pickle, never the data. The format is told by the content: all
// of torch.save's, TorchScript's and exported programs' weights without their code, safetensors, the
// index of a checkpoint in several files, and a zip archive around one of them.
//
// Thread safety: a Checkpoint does not change; copies share the file.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/concepts.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/export.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/lifetime.h>
#include <torchhub/archive/open_options.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive {

namespace detail {
struct CheckpointContents;
}

class TORCHHUB_ARCHIVE_EXPORT Checkpoint {
 public:
  FileFormat format() const;

  /// All tensors, in the order in which a walk from the root meets them, or of a format without a
  /// tree, in the file's. A tensor that is met under two names stands twice. What they and the values
  /// point to lives as long as a copy of the Checkpoint.
  std::span<const TensorInfo> tensors() const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// The tensor called `name`, or null; the first of several.
  const TensorInfo* find(std::string_view name) const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// The bytes of a tensor whose elements lie in one piece, in this machine's byte order (little
  /// endian). torch.save aligns them to 64 bytes; in other files they may lie anywhere.
  /// Throws: errc::no_such_tensor, errc::not_contiguous.
  std::span<const std::byte> bytes(std::string_view name) const TORCHHUB_ARCHIVE_LIFETIME_BOUND;
  std::span<const std::byte> bytes(const TensorInfo& tensor) const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// The bytes of the whole storage of `tensor`, which is one of tensors() or of their parts; nothing
  /// for a tensor without one. Of a big-endian file, and of a zip archive that somebody has packed again
  /// with compression, it is a copy that is made when first asked for.
  /// Throws, for one that is_compressed(): errc::damaged_zip, crc_mismatch; errc::limit_exceeded where all
  ///   that are asked for would take more than OpenOptions::max_inflated_bytes(), or are out of proportion
  ///   to their file.
  std::span<const std::byte> storage_bytes(const TensorInfo& tensor) const
      TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// Whether the storage of `tensor` lies compressed in its file.
  bool is_compressed(const TensorInfo& tensor) const;

  /// Where in its file the storage of `tensor` lies as it is; nothing for one that was inflated or
  /// turned into this machine's byte order, or of a checkpoint that is in no file.
  std::optional<std::uint64_t> storage_file_offset(const TensorInfo& tensor) const;

  /// Whether `opened` is the file that is mapped as number `file` of files().
  bool is_mapping_of(std::size_t file, const OpenFile& opened) const;

  /// Where torch had the storage of `tensor`: "cpu", "cuda:0", "meta".
  std::string_view location(const TensorInfo& tensor) const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  std::size_t storage_count() const;

  /// The value that was saved, with everything in it that is no tensor. Of safetensors, a dict with
  /// their __metadata__.
  Value root() const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// What a lenient reader could not read, and left out of tensors(): the first ten thousand.
  std::span<const UnreadValue> unread() const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// Names of the files that TensorInfo::file counts.
  std::span<const std::string> files() const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// What is worth telling of how the files were read, a sentence each, which names a file: storages that
  /// are compressed, tensors that an index leaves out.
  std::span<const std::string> notes() const TORCHHUB_ARCHIVE_LIFETIME_BOUND;

  /// Throws errc::file_changed once a page was read that a file does not have any more. For programs
  /// with install_truncation_guard(), after they have used tensors.
  void check_intact() const;

  /// Keeps the bytes where they are for as long as somebody holds it.
  std::shared_ptr<const void> owner() const { return contents_; }

 private:
  friend Checkpoint parse_checkpoint(std::shared_ptr<const void> source,
                                     std::span<const std::byte> bytes, std::string_view name,
                                     const OpenOptions& options);
  friend Checkpoint open_checkpoint(const std::filesystem::path& path, const OpenOptions& options);

  explicit Checkpoint(std::shared_ptr<const detail::CheckpointContents> contents)
      : contents_(std::move(contents)) {}

  std::shared_ptr<const detail::CheckpointContents> contents_;
};

/// Reads the checkpoint that is all of `bytes`, which `source` keeps alive. `name` is for messages.
/// Throws: archive::Error: errc::not_a_checkpoint, unsupported_format, refused_global,
///   damaged_pickle, damaged_checkpoint, limit_exceeded, and what read_zip_directory finds.
TORCHHUB_ARCHIVE_EXPORT Checkpoint parse_checkpoint(std::shared_ptr<const void> source,
                                                    std::span<const std::byte> bytes,
                                                    std::string_view name,
                                                    const OpenOptions& options = OpenOptions());

/// Opens a checkpoint from bytes of any kind. Throws as parse_checkpoint.
template <ByteSource Source>
Checkpoint open_checkpoint(Source source, std::string_view name = "checkpoint",
                           const OpenOptions& options = OpenOptions()) {
  auto shared = std::make_shared<const Source>(std::move(source));
  const std::span<const std::byte> bytes = shared->view();
  return parse_checkpoint(std::move(shared), bytes, name, options);
}

/// Opens the checkpoint in a file, mapped; or in the files that a *.index.json names, which lie beside
/// it. Throws as parse_checkpoint, and the system's codes.
TORCHHUB_ARCHIVE_EXPORT Checkpoint open_checkpoint(const std::filesystem::path& path,
                                                   const OpenOptions& options = OpenOptions());

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_CHECKPOINT_H_
