#ifndef TORCHHUB_ARCHIVE_CHECKPOINT_H_
#define TORCHHUB_ARCHIVE_CHECKPOINT_H_
// A checkpoint's tensors and values, read in place and without running anything.
//
//   archive::Checkpoint checkpoint = archive::open_checkpoint("model.pth");
//   for (const archive::TensorInfo& tensor : checkpoint.tensors())
//     std::cout << tensor.name << " " << tensor.dtype << " " << tensor.shape << "\n";
//   std::span<const std::byte> bytes = checkpoint.bytes("conv1.weight");     // in the mapped file
//
// Opening costs the directory and the pickle, never the data. Read today: torch.save's zip format
// (torch 1.6 and later) with dense tensors. Other formats are recognised and refused by name.
//
// Thread safety: a Checkpoint does not change; copies share the file.

#include <torchhub/archive/byte_source.h>
#include <torchhub/archive/concepts.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/file_format.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive {

class Checkpoint {
 public:
  FileFormat format() const { return contents_->format; }

  /// All tensors, in the order in which a walk from the root meets them. A tensor that is met under
  /// two names stands twice.
  std::span<const TensorInfo> tensors() const { return contents_->tensors; }

  /// The tensor called `name`, or null.
  const TensorInfo* find(std::string_view name) const;

  /// The bytes of a tensor whose elements lie in one piece, in the file's byte order (little
  /// endian). torch.save aligns them to 64 bytes; in a file that another tool zipped they may lie
  /// anywhere.
  /// Throws: errc::no_such_tensor, errc::not_contiguous.
  std::span<const std::byte> bytes(std::string_view name) const;

  /// The bytes of `tensor`'s whole storage. `tensor` is one of tensors().
  std::span<const std::byte> storage_bytes(const TensorInfo& tensor) const {
    return contents_->storages[tensor.storage];
  }

  std::size_t storage_count() const { return contents_->storages.size(); }

  /// The value that was saved, with everything in it that is no tensor.
  Value root() const { return Value(contents_->root); }

  /// Keeps the bytes where they are for as long as somebody holds it.
  std::shared_ptr<const void> owner() const { return contents_; }

 private:
  struct Contents {
    std::shared_ptr<const void> source;
    FileFormat format;
    detail::NodeArena nodes;
    const detail::Node* root;
    std::vector<TensorInfo> tensors;
    std::vector<std::span<const std::byte>> storages;
  };

  friend Checkpoint parse_checkpoint(std::shared_ptr<const void> source,
                                     std::span<const std::byte> bytes, std::string_view name);

  explicit Checkpoint(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}

  std::shared_ptr<const Contents> contents_;
};

/// Reads the checkpoint that is all of `bytes`, which `source` keeps alive. `name` is for messages.
/// Throws: archive::Error: errc::not_a_checkpoint, unsupported_format, refused_global,
/// damaged_pickle,
///   damaged_checkpoint, limit_exceeded, and what read_zip_directory finds.
Checkpoint parse_checkpoint(std::shared_ptr<const void> source, std::span<const std::byte> bytes,
                            std::string_view name);

/// Opens a checkpoint from bytes of any kind. Throws as parse_checkpoint.
template <ByteSource Source>
Checkpoint open_checkpoint(Source source, std::string_view name = "checkpoint") {
  auto shared = std::make_shared<const Source>(std::move(source));
  const std::span<const std::byte> bytes = shared->view();
  return parse_checkpoint(std::move(shared), bytes, name);
}

/// Opens the checkpoint in a file, mapped. Throws as parse_checkpoint, and the system's codes.
inline Checkpoint open_checkpoint(const std::filesystem::path& path) {
  return open_checkpoint(MappedFile(path), path.string());
}

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_CHECKPOINT_H_
