#ifndef TORCHHUB_ARCHIVE_DETAIL_LITTLE_ENDIAN_H_
#define TORCHHUB_ARCHIVE_DETAIL_LITTLE_ENDIAN_H_
// Integers as zip and pickle store them.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace torchhub::archive::detail {

/// The integer at `offset`; the caller has made sure that it lies inside `bytes`.
template <std::unsigned_integral T>
T load_little_endian(std::span<const std::byte> bytes, std::uint64_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;) {
    value =
        value << 8 | std::to_integer<std::uint64_t>(bytes[static_cast<std::size_t>(offset) + i]);
  }
  return static_cast<T>(value);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_LITTLE_ENDIAN_H_
