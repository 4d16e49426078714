#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_LITTLE_ENDIAN_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_LITTLE_ENDIAN_H_
// Numbers as zip, pickle and tensors store them.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace torchhub::archive::detail {

static_assert(std::endian::native == std::endian::little);

/// The number at `at`, an integer or a floating-point one; the caller has made
/// sure that it is there.
template <class T>
T load_number(const void* at) {
  static_assert(std::is_arithmetic_v<T>);
  T value{};
  std::memcpy(&value, at, sizeof(T));
  return value;
}

/// The integer in the `size` bytes at `at`, of which there are 0 to 8.
[[gnu::always_inline]] inline std::uint64_t load_bytes(const void* at, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, size);
  return value;
}

/// The integer at `offset`; the caller has made sure that it lies inside `bytes`.
template <std::unsigned_integral T>
T load_little_endian(std::span<const std::byte> bytes, std::uint64_t offset) {
  return load_number<T>(bytes.data() + offset);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_LITTLE_ENDIAN_H_
