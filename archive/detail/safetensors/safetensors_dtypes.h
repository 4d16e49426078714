#ifndef TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_DTYPES_H_
#define TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_DTYPES_H_
// The dtypes that safetensors and torch have in common, by safetensors' names.

#include <torchhub/archive/dtype.h>

#include <array>
#include <string_view>

namespace torchhub::archive::detail {

struct NamedDType {
  std::string_view name;
  DType dtype;
};

inline constexpr auto kSafetensorsDTypes = std::to_array<NamedDType>({
    {"F32", DType::float32},
    {"BF16", DType::bfloat16},
    {"F16", DType::float16},
    {"I64", DType::int64},
    {"F64", DType::float64},
    {"I32", DType::int32},
    {"I16", DType::int16},
    {"I8", DType::int8},
    {"U8", DType::uint8},
    {"BOOL", DType::boolean},
    {"C64", DType::complex64},
    {"U16", DType::uint16},
    {"U32", DType::uint32},
    {"U64", DType::uint64},
    {"F8_E5M2", DType::float8_e5m2},
    {"F8_E4M3", DType::float8_e4m3fn},
    {"F8_E5M2FNUZ", DType::float8_e5m2fnuz},
    {"F8_E4M3FNUZ", DType::float8_e4m3fnuz},
    {"F8_E8M0", DType::float8_e8m0fnu},
    {"F4", DType::float4_e2m1fn_x2},
});

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_SAFETENSORS_DTYPES_H_
