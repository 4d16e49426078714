#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_ELEMENT_NUMBER_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_ELEMENT_NUMBER_H_
// The numbers that the bytes of elements stand for. Pure.

#include <torchhub/archive/detail/bytes/half.h>
#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/dtype.h>

#include <complex>
#include <cstddef>
#include <cstdint>

namespace torchhub::archive::detail {

/// What element_value() says.
inline std::complex<double> element_number(DType dtype, const std::byte* element) {
  const auto byte = std::to_integer<std::uint32_t>(*element);
  switch (dtype) {
    case DType::float64:
      return load_number<double>(element);
    case DType::float32:
      return static_cast<double>(load_number<float>(element));
    case DType::float16:
      return float16_value(load_number<std::uint16_t>(element));
    case DType::bfloat16:
      return bfloat16_value(load_number<std::uint16_t>(element));
    case DType::int64:
      return static_cast<double>(load_number<std::int64_t>(element));
    case DType::int32:
    case DType::qint32:
      return load_number<std::int32_t>(element);
    case DType::int16:
      return load_number<std::int16_t>(element);
    case DType::int8:
    case DType::qint8:
      return load_number<std::int8_t>(element);
    case DType::uint16:
    case DType::bits16:
      return load_number<std::uint16_t>(element);
    case DType::uint32:
      return load_number<std::uint32_t>(element);
    case DType::uint64:
      return static_cast<double>(load_number<std::uint64_t>(element));
    case DType::complex128:
      return {load_number<double>(element), load_number<double>(element + 8)};
    case DType::complex64:
      return {static_cast<double>(load_number<float>(element)),
              static_cast<double>(load_number<float>(element + 4))};
    case DType::complex32:
      return {float16_value(load_number<std::uint16_t>(element)),
              float16_value(load_number<std::uint16_t>(element + 2))};
    case DType::float8_e5m2:
      return small_float(byte, 5, 2, true);
    case DType::float8_e4m3fn:
      return small_float(byte, 4, 3, false);
    case DType::float8_e5m2fnuz:
      return fnuz_float(byte, 5, 2);
    case DType::float8_e4m3fnuz:
      return fnuz_float(byte, 4, 3);
    case DType::float8_e8m0fnu:
      return power_of_two(byte);
    default:
      return byte;
  }
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_ELEMENT_NUMBER_H_
