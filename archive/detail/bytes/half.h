#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_HALF_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_HALF_H_
// Small floating-point numbers as doubles.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace torchhub::archive::detail {

/// A number of `exponent_bits` and `mantissa_bits` with IEEE 754's bias; `has_infinity`: its largest
/// exponent stands for infinities and NaNs, else only all ones are a NaN (float8_e4m3fn).
inline double small_float(std::uint32_t bits, int exponent_bits, int mantissa_bits,
                          bool has_infinity) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const std::uint32_t mantissa = bits & ((1u << mantissa_bits) - 1);
  const int exponent = static_cast<int>(bits >> mantissa_bits & ((1u << exponent_bits) - 1));
  const double sign = bits >> (exponent_bits + mantissa_bits) & 1 ? -1.0 : 1.0;
  const int largest = (1 << exponent_bits) - 1;
  if (exponent == largest && has_infinity) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == largest && mantissa == (1u << mantissa_bits) - 1)
    return std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + (1u << mantissa_bits), exponent - bias - mantissa_bits);
}

/// One of the "fnuz" kinds: a bias of one more, no infinity, and a NaN where the negative zero would be.
inline double fnuz_float(std::uint32_t bits, int exponent_bits, int mantissa_bits) {
  if (bits == 0x80) return std::numeric_limits<double>::quiet_NaN();
  const int bias = 1 << (exponent_bits - 1);
  const std::uint32_t mantissa = bits & ((1u << mantissa_bits) - 1);
  const int exponent = static_cast<int>(bits >> mantissa_bits & ((1u << exponent_bits) - 1));
  const double sign = bits & 0x80 ? -1.0 : 1.0;
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + (1u << mantissa_bits), exponent - bias - mantissa_bits);
}

/// float8_e8m0fnu: an exponent alone.
inline double power_of_two(std::uint32_t exponent) {
  if (exponent == 0xFF) return std::numeric_limits<double>::quiet_NaN();
  return std::ldexp(1.0, static_cast<int>(exponent) - 127);
}

inline double float16_value(std::uint16_t bits) { return small_float(bits, 5, 10, true); }

inline double bfloat16_value(std::uint16_t bits) {
  return static_cast<double>(std::bit_cast<float>(std::uint32_t{bits} << 16));
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_HALF_H_
