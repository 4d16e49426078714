#include <torchhub/archive/detail/half.h>
#include <torchhub/archive/tensor_bytes.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

namespace torchhub::archive {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
constexpr std::uint64_t kAlwaysFine = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxRepeats = 64;

// How many of the last dimensions lie in one piece.
std::size_t inner_dimensions(const TensorInfo& tensor) {
  std::int64_t expected = 1;
  std::size_t inner = 0;
  for (std::size_t i = tensor.shape.size(); i-- > 0; ++inner) {
    if (tensor.shape[i] != 1 && tensor.stride[i] != expected) break;
    expected *= tensor.shape[i];
  }
  return inner;
}

bool is_integer(DType dtype) {
  return dtype == DType::int64 || dtype == DType::int32 || dtype == DType::int16 ||
         dtype == DType::int8 || dtype == DType::uint8;
}

// A little-endian integer's two's complement, which is also how torch negates an unsigned one.
void negate(std::span<std::byte> integer) {
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

template <class T>
T load(const std::byte* element) {
  T value;
  std::memcpy(&value, element, sizeof value);
  return value;
}

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
  const std::size_t item = item_bytes(tensor.dtype);
  const std::size_t inner = inner_dimensions(tensor);
  const std::size_t outer = tensor.shape.size() - inner;
  std::size_t run = item;
  for (std::size_t i = outer; i < tensor.shape.size(); ++i)
    run *= static_cast<std::size_t>(tensor.shape[i]);

  Gatherer gatherer(tensor.dtype, tensor.is_negative, tensor.is_conjugate, use);
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

std::complex<double> element_value(DType dtype, const std::byte* element) {
  const auto byte = std::to_integer<std::uint32_t>(*element);
  switch (dtype) {
    case DType::float64:
      return load<double>(element);
    case DType::float32:
      return static_cast<double>(load<float>(element));
    case DType::float16:
      return detail::float16_value(load<std::uint16_t>(element));
    case DType::bfloat16:
      return detail::bfloat16_value(load<std::uint16_t>(element));
    case DType::int64:
      return static_cast<double>(load<std::int64_t>(element));
    case DType::int32:
    case DType::qint32:
      return load<std::int32_t>(element);
    case DType::int16:
      return load<std::int16_t>(element);
    case DType::int8:
    case DType::qint8:
      return load<std::int8_t>(element);
    case DType::uint16:
    case DType::bits16:
      return load<std::uint16_t>(element);
    case DType::uint32:
      return load<std::uint32_t>(element);
    case DType::uint64:
      return static_cast<double>(load<std::uint64_t>(element));
    case DType::complex128:
      return {load<double>(element), load<double>(element + 8)};
    case DType::complex64:
      return {static_cast<double>(load<float>(element)),
              static_cast<double>(load<float>(element + 4))};
    case DType::complex32:
      return {detail::float16_value(load<std::uint16_t>(element)),
              detail::float16_value(load<std::uint16_t>(element + 2))};
    case DType::float8_e5m2:
      return detail::small_float(byte, 5, 2, true);
    case DType::float8_e4m3fn:
      return detail::small_float(byte, 4, 3, false);
    case DType::float8_e5m2fnuz:
      return detail::fnuz_float(byte, 5, 2);
    case DType::float8_e4m3fnuz:
      return detail::fnuz_float(byte, 4, 3);
    case DType::float8_e8m0fnu:
      return detail::power_of_two(byte);
    default:
      return byte;
  }
}

}  // namespace torchhub::archive
