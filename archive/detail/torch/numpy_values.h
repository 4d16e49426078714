#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_NUMPY_VALUES_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_NUMPY_VALUES_H_
// numpy's scalars and arrays, read from what their pickles hold. No numpy is needed: a dtype is a
// letter, a size and a byte order; everything else is bytes, or a list of objects.
//
// Source: numpy/core/src/multiarray/descriptor.c (arraydescr_reduce, arraydescr_setstate) and
// methods.c (array_reduce, array_setstate) of numpy 1.24.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/half.h>
#include <torchhub/archive/detail/pickle/bytes_value.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <complex>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

/// What a numpy.dtype object, made from ('f8', False, True) and the state (3, '<', None, ...), says of
/// an array's elements: `type`, `element_bytes`, the byte order, fields. Nothing for what is no dtype.
inline std::optional<ArrayInfo> numpy_dtype_of(Value value, Arena& arena);

/// The value in numpy.core.multiarray.scalar's (dtype, bytes): a number, a text, bytes, or an array of no
/// dimension for what is none of these.
inline std::optional<Value> numpy_scalar(std::span<const Value> arguments, Arena& arena);

/// Fills `array` from an ndarray's state (1, shape, dtype, fortran_order, bytes), or what _frombuffer
/// is called with, put in that order; of objects, `content` is a list. False where they do not fit one
/// another.
inline bool fill_array(ArrayInfo& array, Value shape, Value dtype, bool fortran_order,
                       Value content, Arena& arena);

namespace numpy_values_detail {

using Kind = Value::Kind;

inline constexpr std::size_t kMaxRank = 64;
inline constexpr std::size_t kMaxFields = 1024;
// Texts are made of arrays up to this size only: the bytes are there in any case.
inline constexpr std::uint64_t kManyTexts = 65'536;

inline constexpr auto kLetters = std::to_array<std::pair<std::string_view, DType>>({
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

inline Value integer(std::int64_t value) {
  return {Kind::integer, std::bit_cast<std::uint64_t>(value)};
}

inline Value real(double value) { return {Kind::real, std::bit_cast<std::uint64_t>(value)}; }

inline void append_utf8(std::string& text, std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    text += static_cast<char>(0x80 | (point >> shift & 0x3F));
  };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// Four bytes for each character; NULs at the end fill up.
inline std::optional<Value> text_of(std::string_view bytes, bool is_big_endian, Arena& arena) {
  std::string text;
  std::size_t length = 0;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    const auto point = load<std::uint32_t>(bytes, at, is_big_endian);
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
    append_utf8(text, point);
    if (point != 0) length = text.size();
  }
  text.resize(length);
  const std::string_view kept = arena.copy(text);
  return Value(Kind::string, kept.data(), kept.size());
}

inline Value bytes_without_nuls(std::string_view bytes) {
  const std::size_t last = bytes.find_last_not_of('\0');
  return {Kind::bytes, bytes.data(), last == bytes.npos ? 0 : last + 1};
}

inline std::optional<std::uint64_t> count_in(std::string_view digits) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size() || count > 0xFFFFFFFFu)
    return std::nullopt;
  return count;
}

// Sets what the letter and the size, "f4" or "U3", say. False for what is no dtype.
inline bool set_type(ArrayInfo& info, std::string_view text) {
  const auto letter = std::find_if(kLetters.begin(), kLetters.end(),
                                   [&](const auto& row) { return row.first == text; });
  info.type = text;
  info.is_number = letter != kLetters.end();
  if (info.is_number) {
    info.dtype = letter->second;
    info.element_bytes = item_bytes(info.dtype);
    return true;
  }
  if (text.empty()) return false;
  const auto size = count_in(text.substr(1));
  switch (text[0]) {
    case 'O':
      info.type = "O";
      info.element_bytes = 0;
      return text.size() == 1 || size.has_value();
    case 'U':
    case 'S':
    case 'V':
      info.element_bytes = size.value_or(0) * (text[0] == 'U' ? 4 : 1);
      return size.has_value();
    case 'M':
    case 'm':
      info.element_bytes = 8;
      return size == 8u;
    default:
      // long double has ten bytes that mean something.
      info.element_bytes = size.value_or(0);
      return text == "f12" || text == "f16" || text == "c24" || text == "c32";
  }
}

// ({}, (unit, number, 1, 1)), beside which older states have nothing.
inline std::string_view time_unit(Value metadata, std::string_view type, Arena& arena) {
  const auto parts = metadata.kind() == Kind::tuple ? metadata.items() : std::span<const Value>();
  const auto unit = parts.size() == 2 && parts[1].kind() == Kind::tuple ? parts[1].items()
                                                                        : std::span<const Value>();
  if (unit.size() < 2 || unit[1].kind() != Kind::integer) return type;
  const auto name = bytes_of(unit[0], arena);
  const std::string_view text =
      unit[0].kind() == Kind::string ? unit[0].string() : name.value_or("");
  if (text.empty() || text.size() > 16) return type;
  const std::string count = unit[1].integer() == 1 ? "" : std::to_string(unit[1].integer());
  return arena.copy(std::string(type) + '[' + count + std::string(text) + ']');
}

inline bool set_order(ArrayInfo& info, char order) {
  if (order == '>') info.is_big_endian = true;
  return order == '<' || order == '>' || order == '=' || order == '|';
}

inline std::optional<ArrayInfo> dtype_of(Value value, Arena& arena, bool with_fields);

// {name: (dtype, offset[, title])}, in the order of `names`; a field stands under its title too. False where one
// has no dtype.
inline bool set_fields(ArrayInfo& info, Value names, Value fields, Arena& arena) {
  if (names.kind() != Kind::tuple || fields.kind() != Kind::dict) return true;
  const auto wanted = names.items();
  if (wanted.size() > kMaxFields) return true;
  auto* const made = arena.allocate<ArrayField>(wanted.size());
  std::size_t size = 0;
  for (const auto& [name, field] : fields.entries()) {
    if (size == wanted.size()) break;
    const auto parts = field.kind() == Kind::tuple ? field.items() : std::span<const Value>();
    const bool is_next = name.kind() == Kind::string && wanted[size].kind() == Kind::string &&
                         name.string() == wanted[size].string() && parts.size() >= 2 &&
                         parts[1].kind() == Kind::integer && parts[1].integer() >= 0;
    if (!is_next) continue;
    const auto type = dtype_of(parts[0], arena, false);
    if (!type) return false;
    new (&made[size++])
        ArrayField{name.string(), type->type, static_cast<std::uint64_t>(parts[1].integer())};
  }
  if (size == wanted.size()) info.fields = {made, size};
  return true;
}

// (version, order, subdtype, names, fields, size, alignment[, flags[, metadata]])
inline bool set_state(ArrayInfo& info, std::span<const Value> state, Arena& arena,
                      bool with_fields) {
  if (state.size() < 2 || state[1].kind() != Kind::string || state[1].size() != 1 ||
      !set_order(info, state[1].string()[0]))
    return false;
  if (info.is_number || state.size() < 7) return true;
  if (info.type.starts_with('M') || info.type.starts_with('m')) {
    if (state.size() >= 9) info.type = time_unit(state[8], info.type.substr(0, 2), arena);
    return true;
  }
  if (info.type == "O") return true;
  if (state[5].kind() == Kind::integer && state[5].integer() >= 0)
    info.element_bytes = static_cast<std::uint64_t>(state[5].integer());
  return !with_fields || !info.type.starts_with('V') || set_fields(info, state[3], state[4], arena);
}

inline std::optional<ArrayInfo> dtype_of(Value value, Arena& arena, bool with_fields) {
  if (value.kind() != Kind::object || value.string() != "numpy.dtype") return std::nullopt;
  if (value.items().empty()) return std::nullopt;
  ArrayInfo info;
  const Value first = value.items()[0];
  if (first.kind() == Kind::string) {
    std::string_view text = first.string();
    if (!text.empty() && set_order(info, text[0])) text.remove_prefix(1);
    if (!set_type(info, text)) return std::nullopt;
  } else if (first.kind() == Kind::named && value.state().kind() == Kind::tuple) {
    // A class of its own, such as numpy.record, whose state tells the size.
    info.is_number = false;
    info.type = "V";
    info.element_bytes = 0;
  } else {
    return std::nullopt;
  }
  const Value state = value.state();
  if (state.kind() == Kind::none) return info;
  if (state.kind() != Kind::tuple || !set_state(info, state.items(), arena, with_fields))
    return std::nullopt;
  return info;
}
// The elements of an array of texts, as values.
inline std::span<const Value> texts_of(const ArrayInfo& array, std::string_view bytes,
                                       std::uint64_t count, Arena& arena) {
  const bool is_text = array.type.starts_with('U');
  if ((!is_text && !array.type.starts_with('S')) || count > kManyTexts || bytes.empty()) return {};
  auto* const texts = arena.allocate<Value>(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view one =
        bytes.substr(i * array.element_bytes, static_cast<std::size_t>(array.element_bytes));
    const auto text = is_text ? text_of(one, array.is_big_endian, arena)
                              : std::optional<Value>(bytes_without_nuls(one));
    if (!text) return {};
    new (&texts[i]) Value(*text);
  }
  return {texts, static_cast<std::size_t>(count)};
}

// The number that the bytes are, which are as many as its dtype has.
inline std::optional<Value> number_of(const ArrayInfo& dtype, std::string_view bytes,
                                      Arena& arena) {
  const auto number = [&]<class T>(T, std::size_t offset = 0) {
    return load<T>(bytes, offset, dtype.is_big_endian);
  };
  switch (dtype.dtype) {
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

}  // namespace numpy_values_detail

inline std::optional<ArrayInfo> numpy_dtype_of(Value value, Arena& arena) {
  return numpy_values_detail::dtype_of(value, arena, true);
}

inline std::optional<Value> numpy_scalar(std::span<const Value> arguments, Arena& arena) {
  if (arguments.size() != 2) return std::nullopt;
  const auto dtype = numpy_dtype_of(arguments[0], arena);
  if (!dtype) return std::nullopt;
  if (dtype->type == "O") return arguments[1];
  const auto content = bytes_of(arguments[1], arena);
  if (!content || content->size() != dtype->element_bytes) return std::nullopt;
  const std::string_view bytes = *content;
  if (!dtype->is_number) {
    if (dtype->type.starts_with('U'))
      return numpy_values_detail::text_of(bytes, dtype->is_big_endian, arena);
    if (dtype->type.starts_with('S')) return numpy_values_detail::bytes_without_nuls(bytes);
    auto* const array = arena.make<ArrayInfo>(*dtype);
    array->bytes = std::as_bytes(std::span(bytes));
    return Value(Value::Kind::array, array, 0);
  }
  return numpy_values_detail::number_of(*dtype, bytes, arena);
}

inline bool fill_array(ArrayInfo& array, Value shape, Value dtype, bool fortran_order,
                       Value content, Arena& arena) {
  const auto type = numpy_dtype_of(dtype, arena);
  if (!type || shape.kind() != Value::Kind::tuple) return false;
  const std::size_t rank = shape.items().size();
  if (rank > numpy_values_detail::kMaxRank) return false;
  auto* const sizes = arena.allocate<std::int64_t>(rank);
  std::uint64_t count = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const Value size = shape.items()[i];
    if (size.kind() != Value::Kind::integer || size.integer() < 0) return false;
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(size.integer()), &count))
      return false;
    sizes[i] = size.integer();
  }
  ArrayInfo filled = *type;
  filled.fortran_order = fortran_order;
  filled.shape = Shape(sizes, rank);
  if (content.kind() == Value::Kind::list) {
    // Records with objects among their fields are tuples.
    const bool takes_objects = type->type == "O" || type->type.starts_with('V');
    if (!takes_objects || content.items().size() != count) return false;
    filled.element_bytes = 0;
    filled.objects = content.items();
  } else {
    const auto bytes = bytes_of(content, arena);
    std::uint64_t total = 0;
    if (!bytes || type->type == "O" || __builtin_mul_overflow(count, type->element_bytes, &total) ||
        total != bytes->size())
      return false;
    filled.bytes = std::as_bytes(std::span(*bytes));
    filled.objects = numpy_values_detail::texts_of(filled, *bytes, count, arena);
  }
  array = filled;
  return true;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_NUMPY_VALUES_H_
