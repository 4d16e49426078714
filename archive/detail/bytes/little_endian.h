#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_LITTLE_ENDIAN_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_LITTLE_ENDIAN_H_
// Integers as zip and pickle store them.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace torchhub::archive::detail {

/// The integer at `offset`; the caller has made sure that it lies inside `bytes`.
template <std::unsigned_integral T>
T load_little_endian(std::span<const std::byte> bytes, std::uint64_t offset) {
  static_assert(std::endian::native == std::endian::little);
  T value = 0;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_LITTLE_ENDIAN_H_
