#ifndef TORCHHUB_ARCHIVE_TENSOR_INFO_H_
#define TORCHHUB_ARCHIVE_TENSOR_INFO_H_
// What a checkpoint says of one tensor: enough to use its bytes where they lie.
//
//   std::cout << tensor.name << " " << tensor.dtype << " " << tensor.shape << "\n";

#include <torchhub/archive/dtype.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string_view>

namespace torchhub::archive {

/// Sizes or strides, outermost first; empty for a scalar. A view of numbers that the checkpoint
/// keeps.
class Shape : public std::span<const std::int64_t> {
 public:
  using std::span<const std::int64_t>::span;

  friend bool operator==(Shape a, Shape b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

  /// "64 x 3 x 3", or "scalar".
  friend std::ostream& operator<<(std::ostream& out, Shape shape) {
    if (shape.empty()) return out << "scalar";
    for (std::size_t i = 0; i < shape.size(); ++i) out << (i > 0 ? " x " : "") << shape[i];
    return out;
  }
};

/// How a tensor's elements are kept, by torch's names.
enum class Layout : std::uint8_t {
  strided,
  sparse_coo,
  sparse_csr,
  sparse_csc,
  sparse_bsr,
  sparse_bsc,
};

inline std::string_view name_of(Layout layout);

struct TensorInfo;

/// What the integers of a quantized tensor stand for.
struct Quantization {
  std::string_view scheme;  ///< "per_tensor_affine", "per_channel_affine", ...
  double scale = 1;         ///< of all; per channel, the parts hold them
  std::int64_t zero_point = 0;
  std::int64_t axis = 0;  ///< whose channels have scales of their own
};

struct TensorInfo {
  static constexpr std::size_t kNoStorage = static_cast<std::size_t>(-1);

  std::string_view name;  ///< path from the root, joined by '.'; "" for a tensor that is the root
  DType dtype = DType::float32;
  Layout layout = Layout::strided;
  bool requires_grad = false;
  bool is_parameter = false;
  bool is_meta = false;              ///< a shape without data, made on torch's "meta" device
  bool is_conjugate = false;         ///< the elements are the conjugates of what is stored
  bool is_negative = false;          ///< the elements are what is stored, negated
  bool is_coalesced = false;         ///< of a sparse_coo tensor: its indices are sorted and unique
  std::uint32_t file = 0;            ///< which of the checkpoint's files holds the bytes
  Shape shape;                       ///< in elements
  Shape stride;                      ///< in elements; empty for a sparse tensor
  std::size_t storage = kNoStorage;  ///< tensors with one storage share bytes
  std::uint64_t storage_offset = 0;  ///< of the first element, in elements
  std::uint64_t file_offset = 0;     ///< of the first element, in bytes from the start of the file
  /// Of a sparse tensor: indices and values, or compressed indices, plain indices and values. Of one
  /// quantized per channel: scales and zero points. Their names are "".
  std::span<const TensorInfo> parts;
  const Quantization* quantization = nullptr;  ///< null where it is not quantized

  /// Number of elements.
  std::uint64_t numel() const;
  /// numel() times the size of an element, or rows of whole bytes where elements share them; what the
  /// tensor would take by itself.
  std::uint64_t bytes() const;
  /// Whether the elements lie in one piece, row by row.
  bool is_contiguous() const;
};

inline std::string_view name_of(Layout layout) {
  constexpr std::array<std::string_view, 6> kNames = {"strided",    "sparse_coo", "sparse_csr",
                                                      "sparse_csc", "sparse_bsr", "sparse_bsc"};
  return kNames[static_cast<std::size_t>(layout)];
}

inline std::uint64_t TensorInfo::numel() const {
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) product *= static_cast<std::uint64_t>(size);
  return product;
}

inline std::uint64_t TensorInfo::bytes() const {
  const std::uint64_t in_byte = elements_per_byte(dtype);
  if (in_byte == 1) return numel() * item_bytes(dtype);
  if (shape.empty()) return 1;
  const auto columns = static_cast<std::uint64_t>(shape.back());
  return columns == 0 ? 0 : numel() / columns * ((columns + in_byte - 1) / in_byte);
}

inline bool TensorInfo::is_contiguous() const {
  if (layout != Layout::strided || is_meta) return false;
  if (numel() == 0) return true;
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    if (stride[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_TENSOR_INFO_H_
