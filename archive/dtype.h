#ifndef TORCHHUB_ARCHIVE_DTYPE_H_
#define TORCHHUB_ARCHIVE_DTYPE_H_
// Element types, by torch's names.
//
//   bool is_half = archive::dtype_of_name("bfloat16") == archive::DType::bfloat16;
//
// Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

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
inline std::string_view name_of(DType dtype);

/// The dtype that torch calls `name`, without "torch."; also by its older names ("half").
inline std::optional<DType> dtype_of_name(std::string_view name);

/// Size of one element in bytes; of those that share one, a byte, as offsets in a storage are counted.
inline std::size_t item_bytes(DType dtype);

/// How many elements share a byte: 2 and 4 for quint4x2 and quint2x4, else 1. Rows take whole bytes.
/// Source: get_sub_byte_tensor_size() of aten/src/ATen/quantized/Quantizer.cpp, PyTorch 2.13.
constexpr std::size_t elements_per_byte(DType dtype) {
  return dtype == DType::quint4x2 ? 2 : dtype == DType::quint2x4 ? 4 : 1;
}

/// Size of what changes its order between big and little endian: a complex number's is its half.
inline std::size_t swap_bytes(DType dtype);

inline std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }

namespace dtype_detail {

struct Row {
  std::string_view name;
  std::size_t bytes;
};

// In the order of the enumeration.
inline constexpr std::array<Row, 32> kRows = {{
    {"float64", 8},         {"float32", 4},
    {"float16", 2},         {"bfloat16", 2},
    {"int64", 8},           {"int32", 4},
    {"int16", 2},           {"int8", 1},
    {"uint8", 1},           {"bool", 1},
    {"complex128", 16},     {"complex64", 8},
    {"complex32", 4},       {"uint16", 2},
    {"uint32", 4},          {"uint64", 8},
    {"float8_e5m2", 1},     {"float8_e4m3fn", 1},
    {"float8_e5m2fnuz", 1}, {"float8_e4m3fnuz", 1},
    {"float8_e8m0fnu", 1},  {"float4_e2m1fn_x2", 1},
    {"qint8", 1},           {"quint8", 1},
    {"qint32", 4},          {"quint4x2", 1},
    {"quint2x4", 1},        {"bits8", 1},
    {"bits16", 2},          {"bits1x8", 1},
    {"bits2x4", 1},         {"bits4x2", 1},
}};
static_assert(kRows[static_cast<std::size_t>(DType::bits4x2)].name == "bits4x2");

inline constexpr std::array<std::pair<std::string_view, DType>, 11> kOlderNames = {{
    {"double", DType::float64},
    {"float", DType::float32},
    {"half", DType::float16},
    {"long", DType::int64},
    {"int", DType::int32},
    {"short", DType::int16},
    {"cdouble", DType::complex128},
    {"cfloat", DType::complex64},
    {"chalf", DType::complex32},
    {"char", DType::int8},
    {"byte", DType::uint8},
}};

inline const Row& row_of(DType dtype) { return kRows[static_cast<std::size_t>(dtype)]; }

}  // namespace dtype_detail

inline std::string_view name_of(DType dtype) { return dtype_detail::row_of(dtype).name; }

inline std::optional<DType> dtype_of_name(std::string_view name) {
  for (std::size_t i = 0; i < dtype_detail::kRows.size(); ++i)
    if (dtype_detail::kRows[i].name == name) return static_cast<DType>(i);
  for (const auto& [older, dtype] : dtype_detail::kOlderNames)
    if (older == name) return dtype;
  return std::nullopt;
}

inline std::size_t item_bytes(DType dtype) { return dtype_detail::row_of(dtype).bytes; }

inline std::size_t swap_bytes(DType dtype) {
  const bool is_complex =
      dtype == DType::complex128 || dtype == DType::complex64 || dtype == DType::complex32;
  return is_complex ? item_bytes(dtype) / 2 : item_bytes(dtype);
}

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_DTYPE_H_
