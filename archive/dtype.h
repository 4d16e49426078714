#ifndef TORCHHUB_ARCHIVE_DTYPE_H_
#define TORCHHUB_ARCHIVE_DTYPE_H_
// Element types, by torch's names.
//
//   archive::dtype_of_name("bfloat16") == archive::DType::bfloat16
//
// Pure.

#include <torchhub/archive/export.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>

namespace torchhub::archive {

enum class DType : std::uint8_t {
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
  complex32,
  uint16,
  uint32,
  uint64,
  float8_e5m2,
  float8_e4m3fn,
  float8_e5m2fnuz,
  float8_e4m3fnuz,
  float8_e8m0fnu,
  float4_e2m1fn_x2,  ///< two numbers in a byte, which counts as one element
  qint8,
  quint8,
  qint32,
  quint4x2,  ///< four bits an element; rows begin with a byte
  quint2x4,  ///< two bits an element, likewise
  bits8,
  bits16,
  bits1x8,
  bits2x4,
  bits4x2,
};

/// torch's name without "torch.": "float32", and "bool" for boolean.
TORCHHUB_ARCHIVE_EXPORT std::string_view name_of(DType dtype);

/// The dtype that torch calls `name`, without "torch."; also by its older names ("half").
TORCHHUB_ARCHIVE_EXPORT std::optional<DType> dtype_of_name(std::string_view name);

/// Size of one element in bytes; of those that share one, a byte, as offsets in a storage are counted.
TORCHHUB_ARCHIVE_EXPORT std::size_t item_bytes(DType dtype);

/// How many elements share a byte: 2 and 4 for quint4x2 and quint2x4, else 1. Rows take whole bytes.
/// Source: get_sub_byte_tensor_size() of aten/src/ATen/quantized/Quantizer.cpp, PyTorch 2.13.
constexpr std::size_t elements_per_byte(DType dtype) {
  return dtype == DType::quint4x2 ? 2 : dtype == DType::quint2x4 ? 4 : 1;
}

/// Size of what changes its order between big and little endian: a complex number's is its half.
TORCHHUB_ARCHIVE_EXPORT std::size_t swap_bytes(DType dtype);

inline std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_DTYPE_H_
