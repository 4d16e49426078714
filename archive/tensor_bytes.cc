#include <torchhub/archive/detail/tensors/element_number.h>
#include <torchhub/archive/detail/tensors/tensor_pieces.h>
#include <torchhub/archive/tensor_bytes.h>

#include <cstdint>
#include <string>

namespace torchhub::archive {
namespace {

constexpr std::uint64_t kAlwaysFine = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxRepeats = 64;

}  // namespace

void for_each_piece(const Checkpoint& checkpoint, const TensorInfo& tensor,
                    const std::function<void(std::span<const std::byte>)>& use) {
  if (tensor.layout != Layout::strided || tensor.is_meta) {
    throw Error(
        errc::unsupported_format,
        "the tensor '" + std::string(tensor.name) + "' is " +
            (tensor.is_meta ? "a shape without data" : std::string(name_of(tensor.layout))) +
            ": its elements do not lie in rows");
  }
  if (tensor.numel() == 0) return;
  const auto storage = checkpoint.storage_bytes(tensor);
  if (tensor.bytes() > kAlwaysFine && tensor.bytes() / kMaxRepeats > storage.size())
    throw Error(errc::limit_exceeded, "the tensor '" + std::string(tensor.name) + "' repeats " +
                                          std::to_string(storage.size()) + " bytes to " +
                                          std::to_string(tensor.bytes()));
  if (elements_per_byte(tensor.dtype) > 1) return use(checkpoint.bytes(tensor));
  detail::gather_pieces(tensor, storage, use);
}

std::complex<double> element_value(DType dtype, const std::byte* element) {
  return detail::element_number(dtype, element);
}

}  // namespace torchhub::archive
