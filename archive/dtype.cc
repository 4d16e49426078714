#include <torchhub/archive/dtype.h>

#include <algorithm>
#include <array>
#include <utility>

namespace torchhub::archive {
namespace {

struct Row {
  std::string_view name;
  std::size_t bytes;
};

// In the order of the enumeration.
constexpr std::array<Row, 32> kRows = {{
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

constexpr std::array<std::pair<std::string_view, DType>, 11> kOlderNames = {{
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

const Row& row_of(DType dtype) { return kRows[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::string_view name_of(DType dtype) { return row_of(dtype).name; }

std::optional<DType> dtype_of_name(std::string_view name) {
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == name; });
  if (row != kRows.end()) return static_cast<DType>(row - kRows.begin());
  const auto older = std::find_if(kOlderNames.begin(), kOlderNames.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  if (older != kOlderNames.end()) return older->second;
  return std::nullopt;
}

std::size_t item_bytes(DType dtype) { return row_of(dtype).bytes; }

std::size_t swap_bytes(DType dtype) {
  const bool is_complex =
      dtype == DType::complex128 || dtype == DType::complex64 || dtype == DType::complex32;
  return is_complex ? item_bytes(dtype) / 2 : item_bytes(dtype);
}

}  // namespace torchhub::archive
