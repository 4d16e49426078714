#ifndef TORCHHUB_ARCHIVE_TENSOR_INFO_H_
#define TORCHHUB_ARCHIVE_TENSOR_INFO_H_
// What a checkpoint says of one tensor: enough to use its bytes where they lie.
//
//   std::cout << tensor.name << " " << tensor.dtype << " " << tensor.shape << "\n";

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

/// Element types, by torch's names.
enum class DType {
  float64,
  float32,
  float16,
  bfloat16,
  int64,
  int32,
  int16,
  int8,
  uint8,
  boolean,
  complex128,
  complex64,
  uint16,
  uint32,
  uint64,
  float8_e5m2,
  float8_e4m3fn,
};

/// torch's name without "torch.": "float32", and "bool" for boolean.
std::string_view name_of(DType dtype);

/// The dtype that torch calls `name`, without "torch.".
std::optional<DType> dtype_of_name(std::string_view name);

/// Size of one element in bytes.
std::size_t item_bytes(DType dtype);

inline std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }

/// Sizes or strides, outermost first; empty for a scalar.
class Shape : public std::vector<std::int64_t> {
 public:
  using std::vector<std::int64_t>::vector;

  /// "64 x 3 x 3", or "scalar".
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    if (shape.empty()) return out << "scalar";
    for (std::size_t i = 0; i < shape.size(); ++i) out << (i > 0 ? " x " : "") << shape[i];
    return out;
  }
};

struct TensorInfo {
  std::string name;  ///< path from the root, joined by '.'; "" for a tensor that is the root
  DType dtype = DType::float32;
  Shape shape;                       ///< in elements
  Shape stride;                      ///< in elements
  std::size_t storage = 0;           ///< tensors with one storage share bytes
  std::uint64_t storage_offset = 0;  ///< of the first element, in elements
  std::uint64_t file_offset = 0;     ///< of the first element, in bytes from the start of the file
  bool requires_grad = false;
  bool is_parameter = false;

  /// Number of elements.
  std::uint64_t numel() const;
  /// numel() times the size of an element; what the tensor would take by itself.
  std::uint64_t bytes() const { return numel() * item_bytes(dtype); }
  /// Whether the elements lie in one piece, row by row.
  bool is_contiguous() const;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_TENSOR_INFO_H_
