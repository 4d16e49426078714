#ifndef TORCHHUB_ARCHIVE_TENSOR_BYTES_H_
#define TORCHHUB_ARCHIVE_TENSOR_BYTES_H_
// A tensor's elements, row by row, whatever its strides.
//
//   archive::for_each_piece(checkpoint, tensor, [&](std::span<const std::byte> piece) {
//     digest.update(piece);
//   });

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/export.h>

#include <complex>
#include <cstddef>
#include <functional>
#include <span>

namespace torchhub::archive {

/// Calls `use` with the elements of a dense tensor in row-major order, piece by piece: in place where
/// they lie in one, else gathered into pieces of up to 256 KiB. Conjugate and negative views are
/// resolved. Elements that share bytes stay packed.
/// Throws: errc::unsupported_format for sparse and meta tensors; errc::limit_exceeded for a tensor that
///   repeats few bytes to more than 64 times its storage and more than 1 GiB.
TORCHHUB_ARCHIVE_EXPORT void for_each_piece(
    const Checkpoint& checkpoint, const TensorInfo& tensor,
    const std::function<void(std::span<const std::byte>)>& use);

/// The number that the bytes of one element stand for; integers beyond 2^53 are rounded. Of a quantized
/// dtype it is the stored integer.
TORCHHUB_ARCHIVE_EXPORT std::complex<double> element_value(DType dtype, const std::byte* element);

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_TENSOR_BYTES_H_
