#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_GEOMETRY_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_GEOMETRY_H_
// Whether a tensor's elements lie where it says, in numbers that cannot overflow. Pure.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace torchhub::archive::detail {

constexpr std::size_t kMaxRank = 64;

/// a * b, or nothing where that leaves 63 bits.
inline std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result) || result > std::numeric_limits<std::int64_t>::max())
    return std::nullopt;
  return result;
}

/// The number of elements of a shape whose sizes are not negative.
inline std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) {
  std::uint64_t elements = 1;
  for (const std::int64_t size : shape) {
    const auto total = product(elements, static_cast<std::uint64_t>(size));
    if (!total) return std::nullopt;
    elements = *total;
  }
  return elements;
}

/// Whether all elements lie inside a storage of `numel` elements. (torch would grow a storage that is
/// too small.) Nothing in `shape` and `stride` is negative.
inline bool fits(std::span<const std::int64_t> shape, std::span<const std::int64_t> stride,
                 std::uint64_t offset, std::uint64_t numel) {
  if (shape.size() != stride.size()) return false;
  const auto elements = element_count(shape);
  if (!elements) return false;
  if (*elements == 0) return offset <= numel;
  std::uint64_t last = offset;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto reach =
        product(static_cast<std::uint64_t>(shape[i]) - 1, static_cast<std::uint64_t>(stride[i]));
    if (!reach || __builtin_add_overflow(last, *reach, &last)) return false;
  }
  return last < numel;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_GEOMETRY_H_
