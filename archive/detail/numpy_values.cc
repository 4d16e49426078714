#include <torchhub/archive/detail/half.h>
#include <torchhub/archive/detail/numpy_values.h>

#include <algorithm>
#include <array>
#include <bit>
#include <complex>
#include <cstring>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {
namespace {

using Kind = Value::Kind;

constexpr std::size_t kMaxRank = 64;

constexpr auto kLetters = std::to_array<std::pair<std::string_view, DType>>({
    {"b1", DType::boolean},
    {"i1", DType::int8},
    {"i2", DType::int16},
    {"i4", DType::int32},
    {"i8", DType::int64},
    {"u1", DType::uint8},
    {"u2", DType::uint16},
    {"u4", DType::uint32},
    {"u8", DType::uint64},
    {"f2", DType::float16},
    {"f4", DType::float32},
    {"f8", DType::float64},
    {"c8", DType::complex64},
    {"c16", DType::complex128},
});

// The bytes in this machine's order.
template <class T>
T load(std::string_view bytes, std::size_t offset, bool is_big_endian) {
  std::array<char, sizeof(T)> raw{};
  std::memcpy(raw.data(), bytes.data() + offset, sizeof(T));
  if (is_big_endian) std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

Value integer(std::int64_t value) { return {Kind::integer, std::bit_cast<std::uint64_t>(value)}; }

Value real(double value) { return {Kind::real, std::bit_cast<std::uint64_t>(value)}; }

}  // namespace

std::optional<NumpyDType> numpy_dtype_of(Value value) {
  if (value.kind() != Kind::object || value.string() != "numpy.dtype") return std::nullopt;
  if (value.items().empty() || value.items()[0].kind() != Kind::string) return std::nullopt;
  std::string_view text = value.items()[0].string();
  NumpyDType result;
  const auto set_order = [&](char order) {
    if (order == '>') result.is_big_endian = true;
    return order == '<' || order == '>' || order == '=' || order == '|';
  };
  if (!text.empty() && set_order(text[0])) text.remove_prefix(1);
  const auto letter = std::find_if(kLetters.begin(), kLetters.end(),
                                   [&](const auto& row) { return row.first == text; });
  if (letter == kLetters.end()) return std::nullopt;
  result.dtype = letter->second;
  const Value state = value.state();
  if (state.kind() == Kind::none) return result;
  const bool has_order = state.kind() == Kind::tuple && state.items().size() >= 2 &&
                         state.items()[1].kind() == Kind::string && state.items()[1].size() == 1;
  if (!has_order || !set_order(state.items()[1].string()[0])) return std::nullopt;
  return result;
}

std::optional<Value> numpy_scalar(std::span<const Value> arguments, Arena& arena) {
  if (arguments.size() != 2 || arguments[1].kind() != Kind::bytes) return std::nullopt;
  const auto dtype = numpy_dtype_of(arguments[0]);
  const std::string_view bytes = arguments[1].string();
  if (!dtype || bytes.size() != item_bytes(dtype->dtype)) return std::nullopt;
  const auto number = [&]<class T>(T, std::size_t offset = 0) {
    return load<T>(bytes, offset, dtype->is_big_endian);
  };
  switch (dtype->dtype) {
    case DType::boolean:
      return Value(Kind::boolean, bytes[0] != 0);
    case DType::int8:
      return integer(number(std::int8_t()));
    case DType::int16:
      return integer(number(std::int16_t()));
    case DType::int32:
      return integer(number(std::int32_t()));
    case DType::int64:
      return integer(number(std::int64_t()));
    case DType::uint8:
      return integer(number(std::uint8_t()));
    case DType::uint16:
      return integer(number(std::uint16_t()));
    case DType::uint32:
      return integer(number(std::uint32_t()));
    case DType::uint64: {
      const auto value = number(std::uint64_t());
      if (value >> 63 == 0) return Value(Kind::integer, value);
      // Beyond 63 bits: as Python's long would be pickled, with a byte for the sign.
      char* const text = arena.allocate<char>(9);
      std::memcpy(text, &value, 8);
      text[8] = 0;
      return Value(Kind::long_integer, text, 9);
    }
    case DType::float16:
      return real(float16_value(number(std::uint16_t())));
    case DType::float32:
      return real(static_cast<double>(number(float())));
    case DType::float64:
      return real(number(double()));
    case DType::complex64:
      return Value(Kind::complex,
                   arena.make<std::complex<double>>(static_cast<double>(number(float())),
                                                    static_cast<double>(number(float(), 4))),
                   0);
    case DType::complex128:
      return Value(Kind::complex,
                   arena.make<std::complex<double>>(number(double()), number(double(), 8)), 0);
    default:
      return std::nullopt;
  }
}

bool fill_array(ArrayInfo& array, Value shape, Value dtype, bool fortran_order, Value bytes,
                Arena& arena) {
  const auto type = numpy_dtype_of(dtype);
  if (!type || bytes.kind() != Kind::bytes || shape.kind() != Kind::tuple) return false;
  const std::size_t rank = shape.items().size();
  if (rank > kMaxRank) return false;
  auto* const sizes = arena.allocate<std::int64_t>(rank);
  std::uint64_t total = item_bytes(type->dtype);
  for (std::size_t i = 0; i < rank; ++i) {
    const Value size = shape.items()[i];
    if (size.kind() != Kind::integer || size.integer() < 0) return false;
    if (__builtin_mul_overflow(total, static_cast<std::uint64_t>(size.integer()), &total))
      return false;
    sizes[i] = size.integer();
  }
  if (total != bytes.size()) return false;
  array.dtype = type->dtype;
  array.is_big_endian = type->is_big_endian;
  array.fortran_order = fortran_order;
  array.shape = Shape(sizes, rank);
  array.bytes = std::as_bytes(std::span(bytes.string()));
  return true;
}

}  // namespace torchhub::archive::detail
