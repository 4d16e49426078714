#include <torchhub/hub/torch_dtype.h>

#include <torch/version.h>

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
// Complete since 2.3.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
    {DType::uint16, at::ScalarType::UInt16},
    {DType::uint32, at::ScalarType::UInt32},
    {DType::uint64, at::ScalarType::UInt64},
    {DType::float8_e5m2, at::ScalarType::Float8_e5m2},
    {DType::float8_e4m3fn, at::ScalarType::Float8_e4m3fn},
#endif
};

}  // namespace

std::optional<at::ScalarType> scalar_type_of(DType dtype) {
  for (const Row& row : kRows) {
    if (row.dtype == dtype) return row.type;
  }
  return std::nullopt;
}

std::string name_of(at::ScalarType type) {
  for (const Row& row : kRows) {
    if (row.type == type) return std::string(archive::name_of(row.dtype));
  }
  return c10::toString(type);
}

}  // namespace torchhub
