#ifndef TORCHHUB_ARCHIVE_LONG_INTEGER_H_
#define TORCHHUB_ARCHIVE_LONG_INTEGER_H_
// Python's integers beyond 64 bits, as a Value of kind long_integer holds them: two's complement, little
// endian.
//
//   std::cout << archive::integer_text(value.string()) << "\n";     // 1180591620717411303424
//
// Pure.

#include <torchhub/archive/lifetime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive {

/// What text is read to an integer: of more digits, Python 3.11 reads none either.
inline constexpr std::size_t kMostDecimalDigits = 4300;

/// The integer in decimal digits, and one of more than 2048 bytes, which would take long, as Python's
/// hex() writes it.
inline std::string integer_text(std::string_view twos_complement);

/// The same integer without the bytes that only repeat its sign.
inline std::string_view shortest_integer(
    std::string_view twos_complement TORCHHUB_ARCHIVE_LIFETIME_BOUND);

/// The shortest two's complement of the integer that `decimal` is: an optional '-' and 1 to
/// kMostDecimalDigits digits. Nothing for any other text.
inline std::optional<std::string> integer_of_text(std::string_view decimal);

namespace long_integer_detail {

inline constexpr std::size_t kMostDecimalBytes = 2048;
inline constexpr std::size_t kChunkDigits = 9;  // 10^9 fits a limb
inline constexpr std::uint32_t kChunk = 1'000'000'000;

// The absolute value in 32-bit limbs, lowest first; none of them for 0.
using Limbs = std::vector<std::uint32_t>;

inline bool is_negative(std::string_view bytes) {
  return !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
}

// The bytes of -x for those of x.
inline void negate(std::string& bytes) {
  unsigned carry = 1;
  for (char& byte : bytes) {
    const unsigned sum = (static_cast<unsigned char>(byte) ^ 0xFFu) + carry;
    byte = static_cast<char>(sum);
    carry = sum >> 8;
  }
}

inline Limbs limbs_of(std::string_view bytes) {
  std::string magnitude(bytes);
  if (is_negative(bytes)) negate(magnitude);
  Limbs limbs((magnitude.size() + 3) / 4);
  for (std::size_t i = 0; i < magnitude.size(); ++i)
    limbs[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(magnitude[i]))
                    << i % 4 * 8;
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
  return limbs;
}

// Divides by 10^9; returns the remainder.
inline std::uint32_t take_chunk(Limbs& limbs) {
  std::uint64_t rest = 0;
  for (std::size_t i = limbs.size(); i-- > 0;) {
    rest = rest << 32 | limbs[i];
    limbs[i] = static_cast<std::uint32_t>(rest / kChunk);
    rest %= kChunk;
  }
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
  return static_cast<std::uint32_t>(rest);
}

inline void multiply_and_add(Limbs& limbs, std::uint32_t factor, std::uint32_t more) {
  std::uint64_t carry = more;
  for (std::uint32_t& limb : limbs) {
    carry += std::uint64_t{limb} * factor;
    limb = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) limbs.push_back(static_cast<std::uint32_t>(carry));
}

inline std::string decimal(Limbs limbs) {
  std::string reversed;
  do {
    std::uint32_t chunk = take_chunk(limbs);
    const bool is_last = limbs.empty();
    for (std::size_t i = 0; i < kChunkDigits && (!is_last || chunk != 0 || reversed.empty()); ++i) {
      reversed += static_cast<char>('0' + chunk % 10);
      chunk /= 10;
    }
  } while (!limbs.empty());
  return {reversed.rbegin(), reversed.rend()};
}

inline std::string hexadecimal(const Limbs& limbs) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (limbs.empty()) return "0x0";
  std::string text = "0x";
  bool any = false;
  for (std::size_t i = limbs.size() * 8; i-- > 0;) {
    const std::uint32_t digit = limbs[i / 8] >> i % 8 * 4 & 15;
    any = any || digit != 0 || i == 0;
    if (any) text += kDigits[digit];
  }
  return text;
}

}  // namespace long_integer_detail

inline std::string integer_text(std::string_view twos_complement) {
  const long_integer_detail::Limbs limbs = long_integer_detail::limbs_of(twos_complement);
  const std::string digits = twos_complement.size() > long_integer_detail::kMostDecimalBytes
                                 ? long_integer_detail::hexadecimal(limbs)
                                 : long_integer_detail::decimal(limbs);
  return long_integer_detail::is_negative(twos_complement) ? '-' + digits : digits;
}

inline std::string_view shortest_integer(std::string_view twos_complement) {
  std::string_view shorter = twos_complement;
  while (shorter.size() > 1) {
    shorter.remove_suffix(1);
    const char sign = long_integer_detail::is_negative(shorter) ? '\xff' : '\0';
    if (twos_complement.back() != sign) break;
    twos_complement = shorter;
  }
  return twos_complement;
}

inline std::optional<std::string> integer_of_text(std::string_view decimal) {
  const bool is_below_zero = decimal.starts_with('-');
  if (is_below_zero) decimal.remove_prefix(1);
  if (decimal.empty() || decimal.size() > kMostDecimalDigits ||
      decimal.find_first_not_of("0123456789") != decimal.npos)
    return std::nullopt;
  long_integer_detail::Limbs limbs;
  for (std::size_t at = 0; at < decimal.size();) {
    const std::string_view chunk =
        decimal.substr(at, at == 0 ? (decimal.size() - 1) % long_integer_detail::kChunkDigits + 1
                                   : long_integer_detail::kChunkDigits);
    std::uint32_t value = 0;
    for (const char digit : chunk) value = value * 10 + static_cast<std::uint32_t>(digit - '0');
    long_integer_detail::multiply_and_add(limbs, long_integer_detail::kChunk, value);
    at += chunk.size();
  }
  std::string bytes;
  for (const std::uint32_t limb : limbs) {
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(limb >> shift);
  }
  bytes += '\0';
  if (is_below_zero) long_integer_detail::negate(bytes);
  bytes.resize(shortest_integer(bytes).size());
  return bytes;
}

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_LONG_INTEGER_H_
