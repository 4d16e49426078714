#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/torch_dtype.h>

#include <array>

namespace torchhub {
namespace {

using archive::DType;

struct Row {
  DType dtype;
  at::ScalarType type;
};

constexpr Row kRows[] = {
    {DType::float64, at::ScalarType::Double},
    {DType::float32, at::ScalarType::Float},
    {DType::float16, at::ScalarType::Half},
    {DType::bfloat16, at::ScalarType::BFloat16},
    {DType::int64, at::ScalarType::Long},
    {DType::int32, at::ScalarType::Int},
    {DType::int16, at::ScalarType::Short},
    {DType::int8, at::ScalarType::Char},
    {DType::uint8, at::ScalarType::Byte},
    {DType::boolean, at::ScalarType::Bool},
    {DType::complex128, at::ScalarType::ComplexDouble},
    {DType::complex64, at::ScalarType::ComplexFloat},
    {DType::complex32, at::ScalarType::ComplexHalf},
    {DType::qint8, at::ScalarType::QInt8},
    {DType::quint8, at::ScalarType::QUInt8},
    {DType::qint32, at::ScalarType::QInt32},
    {DType::quint4x2, at::ScalarType::QUInt4x2},
    {DType::quint2x4, at::ScalarType::QUInt2x4},
#if TORCHHUB_TORCH_HAS_FLOAT8
    {DType::uint16, at::ScalarType::UInt16},
    {DType::uint32, at::ScalarType::UInt32},
    {DType::uint64, at::ScalarType::UInt64},
    {DType::float8_e5m2, at::ScalarType::Float8_e5m2},
    {DType::float8_e4m3fn, at::ScalarType::Float8_e4m3fn},
    {DType::float8_e5m2fnuz, at::ScalarType::Float8_e5m2fnuz},
    {DType::float8_e4m3fnuz, at::ScalarType::Float8_e4m3fnuz},
    {DType::bits8, at::ScalarType::Bits8},
    {DType::bits16, at::ScalarType::Bits16},
    {DType::bits1x8, at::ScalarType::Bits1x8},
    {DType::bits2x4, at::ScalarType::Bits2x4},
    {DType::bits4x2, at::ScalarType::Bits4x2},
#endif
#if TORCHHUB_TORCH_HAS_FLOAT4
    {DType::float8_e8m0fnu, at::ScalarType::Float8_e8m0fnu},
    {DType::float4_e2m1fn_x2, at::ScalarType::Float4_e2m1fn_x2},
#endif
};

}  // namespace

std::optional<at::ScalarType> scalar_type_of(DType dtype) {
  for (const Row& row : kRows) {
    if (row.dtype == dtype) return row.type;
  }
  return std::nullopt;
}

std::optional<DType> dtype_of(at::ScalarType type) {
  for (const Row& row : kRows) {
    if (row.type == type) return row.dtype;
  }
  return std::nullopt;
}

std::string name_of(at::ScalarType type) {
  const std::optional<DType> dtype = dtype_of(type);
  return dtype ? std::string(archive::name_of(*dtype)) : c10::toString(type);
}

}  // namespace torchhub
