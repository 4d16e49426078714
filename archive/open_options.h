#ifndef TORCHHUB_ARCHIVE_OPEN_OPTIONS_H_
#define TORCHHUB_ARCHIVE_OPEN_OPTIONS_H_
// How a checkpoint is read, and how much it may take.
//
//   archive::open_checkpoint("whole_module.pt", archive::OpenOptions().lenient(true));

#include <cstddef>
#include <cstdint>

namespace torchhub::archive {

class OpenOptions {
 public:
  OpenOptions() = default;

  /// Whether a global that is not on the list becomes an object without meaning (Value::Kind::object)
  /// instead of an error. Nothing is run either way; the tensors of files that hold whole modules come
  /// within reach. Default: false.
  OpenOptions& lenient(bool value) {
    lenient_ = value;
    return *this;
  }
  bool lenient() const { return lenient_; }

  /// Whether a safetensors file's names for tensors that it holds under another name are tensors too.
  /// safetensors.torch.save_model puts them into __metadata__, and load_file does not read them.
  /// Default: false.
  OpenOptions& aliases(bool value) {
    aliases_ = value;
    return *this;
  }
  bool aliases() const { return aliases_; }

  /// Bytes of one pickle. Default: 256 MiB.
  OpenOptions& max_pickle_bytes(std::size_t value) {
    max_pickle_bytes_ = value;
    return *this;
  }
  std::size_t max_pickle_bytes() const { return max_pickle_bytes_; }

  /// Bytes of a checkpoint that is compressed inside a zip archive, which has to be inflated into
  /// memory, and of all storages that are, together. Whatever the limit, what would be inflated to more
  /// than 64 times its bytes in the file and some MiB is refused. Default: 2 GiB.
  OpenOptions& max_inflated_bytes(std::uint64_t value) {
    max_inflated_bytes_ = value;
    return *this;
  }
  std::uint64_t max_inflated_bytes() const { return max_inflated_bytes_; }

 private:
  bool lenient_ = false;
  bool aliases_ = false;
  std::size_t max_pickle_bytes_ = std::size_t{256} << 20;
  std::uint64_t max_inflated_bytes_ = std::uint64_t{2} << 30;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_OPEN_OPTIONS_H_
