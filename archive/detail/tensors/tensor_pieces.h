#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_PIECES_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_PIECES_H_
// A tensor's elements in row-major order, gathered from its storage. Pure, but for what `use` does.

#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace torchhub::archive::detail {

/// Calls `use` with the elements of a dense tensor, which lie in `storage`, as for_each_piece() does.
inline void gather_pieces(const TensorInfo& tensor, std::span<const std::byte> storage,
                          const std::function<void(std::span<const std::byte>)>& use);

namespace tensor_pieces_detail {

inline constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

// How many of the last dimensions lie in one piece.
inline std::size_t inner_dimensions(const TensorInfo& tensor) {
  std::int64_t expected = 1;
  std::size_t inner = 0;
  for (std::size_t i = tensor.shape.size(); i-- > 0; ++inner) {
    if (tensor.shape[i] != 1 && tensor.stride[i] != expected) break;
    expected *= tensor.shape[i];
  }
  return inner;
}

inline bool is_integer(DType dtype) {
  return dtype == DType::int64 || dtype == DType::int32 || dtype == DType::int16 ||
         dtype == DType::int8 || dtype == DType::uint8;
}

// A little-endian integer's two's complement, which is also how torch negates an unsigned one.
inline void negate(std::span<std::byte> integer) {
  unsigned carry = 1;
  for (std::byte& byte : integer) {
    carry += std::to_integer<unsigned>(~byte);
    byte = static_cast<std::byte>(carry & 0xFF);
    carry >>= 8;
  }
}

// Gathers pieces of the same size until a buffer is full.
class Gatherer {
 public:
  Gatherer(DType dtype, bool negate, bool conjugate,
           const std::function<void(std::span<const std::byte>)>& use)
      : dtype_(dtype), negate_(negate), conjugate_(conjugate), use_(use) {
    buffer_.reserve(kPieceBytes);
  }

  void add(std::span<const std::byte> run) {
    const bool as_it_is = !negate_ && !conjugate_;
    if (as_it_is && run.size() >= kPieceBytes) {
      flush();
      return use_(run);
    }
    while (!run.empty()) {
      const std::size_t item = item_bytes(dtype_);
      const std::size_t room = (kPieceBytes - buffer_.size()) / item * item;
      const auto part = run.first(std::min(room, run.size()));
      buffer_.insert(buffer_.end(), part.begin(), part.end());
      run = run.subspan(part.size());
      if (kPieceBytes - buffer_.size() < item) flush();
    }
  }

  void flush() {
    if (buffer_.empty()) return;
    resolve();
    use_(buffer_);
    buffer_.clear();
  }

 private:
  // A sign is the uppermost bit of a floating-point number.
  void resolve() {
    if (!negate_ && !conjugate_) return;
    const std::size_t part = swap_bytes(dtype_);
    if (is_integer(dtype_)) {
      for (std::size_t at = 0; at + part <= buffer_.size(); at += part)
        negate(std::span(buffer_).subspan(at, part));
      return;
    }
    const bool is_complex = part != item_bytes(dtype_);
    for (std::size_t at = 0; at + part <= buffer_.size(); at += part) {
      const bool is_imaginary = is_complex && at / part % 2 == 1;
      const bool flip = negate_ != (conjugate_ && is_imaginary);
      if (flip) buffer_[at + part - 1] ^= std::byte{0x80};
    }
  }

  DType dtype_;
  bool negate_;
  bool conjugate_;
  const std::function<void(std::span<const std::byte>)>& use_;
  std::vector<std::byte> buffer_;
};

}  // namespace tensor_pieces_detail

inline void gather_pieces(const TensorInfo& tensor, std::span<const std::byte> storage,
                          const std::function<void(std::span<const std::byte>)>& use) {
  const std::size_t item = item_bytes(tensor.dtype);
  const std::size_t inner = tensor_pieces_detail::inner_dimensions(tensor);
  const std::size_t outer = tensor.shape.size() - inner;
  std::size_t run = item;
  for (std::size_t i = outer; i < tensor.shape.size(); ++i)
    run *= static_cast<std::size_t>(tensor.shape[i]);

  tensor_pieces_detail::Gatherer gatherer(tensor.dtype, tensor.is_negative, tensor.is_conjugate,
                                          use);
  std::vector<std::int64_t> index(outer, 0);
  auto offset = static_cast<std::size_t>(tensor.storage_offset);
  for (;;) {
    gatherer.add(storage.subspan(offset * item, run));
    std::size_t i = outer;
    while (i > 0) {
      --i;
      offset += static_cast<std::size_t>(tensor.stride[i]);
      if (++index[i] < tensor.shape[i]) break;
      offset -= static_cast<std::size_t>(tensor.stride[i] * tensor.shape[i]);
      index[i] = 0;
      if (i == 0) return gatherer.flush();
    }
    if (outer == 0) return gatherer.flush();
  }
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_PIECES_H_
