#include <torchhub/archive/tensor_info.h>

#include <algorithm>
#include <array>

namespace torchhub::archive {
namespace {

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<DTypeRow, 17> kDTypes = {{
    {DType::float64, "float64", 8},
    {DType::float32, "float32", 4},
    {DType::float16, "float16", 2},
    {DType::bfloat16, "bfloat16", 2},
    {DType::int64, "int64", 8},
    {DType::int32, "int32", 4},
    {DType::int16, "int16", 2},
    {DType::int8, "int8", 1},
    {DType::uint8, "uint8", 1},
    {DType::boolean, "bool", 1},
    {DType::complex128, "complex128", 16},
    {DType::complex64, "complex64", 8},
    {DType::uint16, "uint16", 2},
    {DType::uint32, "uint32", 4},
    {DType::uint64, "uint64", 8},
    {DType::float8_e5m2, "float8_e5m2", 1},
    {DType::float8_e4m3fn, "float8_e4m3fn", 1},
}};

const DTypeRow& row_of(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::string_view name_of(DType dtype) { return row_of(dtype).name; }

std::size_t item_bytes(DType dtype) { return row_of(dtype).bytes; }

std::optional<DType> dtype_of_name(std::string_view name) {
  const auto row = std::find_if(kDTypes.begin(), kDTypes.end(),
                                [&](const DTypeRow& candidate) { return candidate.name == name; });
  if (row == kDTypes.end()) return std::nullopt;
  return row->dtype;
}

std::uint64_t TensorInfo::numel() const {
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) product *= static_cast<std::uint64_t>(size);
  return product;
}

bool TensorInfo::is_contiguous() const {
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
