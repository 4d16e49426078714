#include <torchhub/archive/tensor_info.h>

#include <array>

namespace torchhub::archive {

std::string_view name_of(Layout layout) {
  constexpr std::array<std::string_view, 6> kNames = {"strided",    "sparse_coo", "sparse_csr",
                                                      "sparse_csc", "sparse_bsr", "sparse_bsc"};
  return kNames[static_cast<std::size_t>(layout)];
}

std::uint64_t TensorInfo::numel() const {
  std::uint64_t product = 1;
  for (const std::int64_t size : shape) product *= static_cast<std::uint64_t>(size);
  return product;
}

std::uint64_t TensorInfo::bytes() const {
  const std::uint64_t in_byte = elements_per_byte(dtype);
  if (in_byte == 1) return numel() * item_bytes(dtype);
  if (shape.empty()) return 1;
  const auto columns = static_cast<std::uint64_t>(shape.back());
  return columns == 0 ? 0 : numel() / columns * ((columns + in_byte - 1) / in_byte);
}

bool TensorInfo::is_contiguous() const {
  if (layout != Layout::strided || is_meta) return false;
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
