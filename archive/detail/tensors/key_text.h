#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_KEY_TEXT_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_KEY_TEXT_H_
// A dict's keys as texts: what tensors are named by. Pure.

#include <torchhub/archive/long_integer.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <complex>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace torchhub::archive::detail {

/// As Python's str() of the key, but without the quotes of what stands in a tuple; of a tensor and of
/// what else has no text, its place among the keys. Cut where it is very long.
inline std::string key_text(Value key, std::size_t place);

/// The number that a key is, if that is a whole one of 64 bits: True, 1 and 1.0 are one key.
inline std::optional<std::int64_t> whole_number(Value key);

/// Numbers that two keys have in common where Python would take them for one; for others to be equal would
/// be chance.
class KeyHashes {
 public:
  /// Nothing for a key that is equal to no other, such as a NaN.
  std::optional<std::uint64_t> of(Value key);

 private:
  static std::uint64_t whole(std::int64_t number);
  std::optional<std::uint64_t> of_group(Value group);

  // Groups may stand in one another many times over.
  std::unordered_map<const Value*, std::optional<std::uint64_t>> groups_;
};

/// 0.1, 1.0, 1e+16, inf: as Python's repr().
inline std::string python_text(double value);

namespace key_text_detail {

using Kind = Value::Kind;

// Groups in groups may say one long text again and again.
inline constexpr std::size_t kLongest = 1024;

inline std::string bytes_text(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool has_single = bytes.find('\'') != bytes.npos;
  const char quote = has_single && bytes.find('"') == bytes.npos ? '"' : '\'';
  std::string text = std::string("b") + quote;
  for (const char c : bytes.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\t' || c == '\n' || c == '\r') {
      text += c == '\t' ? "\\t" : c == '\n' ? "\\n" : "\\r";
    } else if (byte < 0x20 || byte >= 0x7F) {
      text += "\\x";
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    } else {
      text += c;
    }
  }
  return text + quote;
}

// A part of a complex number has no ".0".
inline std::string part_text(double value) {
  std::string text = python_text(value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

inline std::string complex_text(std::complex<double> value) {
  const std::string imaginary = part_text(value.imag()) + 'j';
  if (value.real() == 0 && !std::signbit(value.real())) return imaginary;
  const bool has_sign = imaginary.front() == '-';
  return '(' + part_text(value.real()) + (has_sign ? "" : "+") + imaginary + ')';
}

// `write` of each item, between commas, until the text is long.
template <class Write>
void append_items(std::string& text, std::span<const Value> items, const Write& write) {
  bool is_first = true;
  for (const Value item : items) {
    if (text.size() > kLongest) {
      text += "...";
      return;
    }
    if (!is_first) text += ", ";
    is_first = false;
    write(item);
  }
}

// Of a value that holds no others; nothing for one that does, or has no text.
inline std::optional<std::string> scalar_text(Value key) {
  switch (key.kind()) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return key.boolean() ? "True" : "False";
    case Kind::integer:
      return std::to_string(key.integer());
    case Kind::long_integer:
      return integer_text(key.string());
    case Kind::real:
      return python_text(key.real());
    case Kind::complex:
      return complex_text(key.complex());
    case Kind::string:
    case Kind::named:
      return std::string(key.string());
    case Kind::bytes:
      return bytes_text(key.string());
    default:
      return std::nullopt;
  }
}

// What stands in a group has no place of its own.
inline void append_text(std::string& text, Value key, std::optional<std::size_t> place) {
  const auto append_group = [&](std::string_view begin, std::string_view end) {
    text += begin;
    append_items(text, key.items(), [&](Value item) { append_text(text, item, std::nullopt); });
    text += end;
  };
  if (const auto scalar = scalar_text(key)) {
    text += *scalar;
    return;
  }
  switch (key.kind()) {
    case Kind::tuple:
      return append_group("(", ")");
    case Kind::set:
      return append_group("frozenset({", "})");
    case Kind::object: {
      text += key.string();
      const auto is_plain = [](Value argument) {
        const bool is_scalar = argument.kind() <= Kind::bytes;  // the first of them are
        return is_scalar || argument.kind() == Kind::named;
      };
      if (std::all_of(key.items().begin(), key.items().end(), is_plain) && !key.items().empty())
        return append_group("(", ")");
      if (place) text += " <key " + std::to_string(*place) + '>';
      return;
    }
    default:
      text += '<' + (place ? "key " + std::to_string(*place) : std::to_string(key.index())) + '>';
  }
}

inline std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

// Depends on which of the two is which.
inline std::uint64_t combined(std::uint64_t state, std::uint64_t hash) {
  state = (state + 1) * 0x9E3779B97F4A7C15ull + hash;
  state = (state ^ state >> 29) * 0xBF58476D1CE4E5B9ull;
  return state ^ state >> 32;
}

}  // namespace key_text_detail

inline std::string key_text(Value key, std::size_t place) {
  std::string text;
  key_text_detail::append_text(text, key, place);
  return text;
}

inline std::optional<std::uint64_t> KeyHashes::of(Value key) {
  const auto tagged = [&](std::uint64_t hash) {
    return key_text_detail::combined(static_cast<std::uint64_t>(key.kind()) + 1, hash);
  };
  switch (key.kind()) {
    case Value::Kind::none:
      return tagged(0);
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return whole(key.integer());
    case Value::Kind::long_integer:
      return tagged(key_text_detail::hash_of(key.string()));
    case Value::Kind::real:
      if (key.real() != key.real()) return std::nullopt;
      if (const auto number = whole_number(key)) return whole(*number);
      return tagged(std::bit_cast<std::uint64_t>(key.real()));
    case Value::Kind::complex: {
      const std::complex<double> value = key.complex();
      if (value != value) return std::nullopt;
      // Without the sign of a nought.
      return key_text_detail::combined(tagged(std::bit_cast<std::uint64_t>(value.real() + 0.0)),
                                       std::bit_cast<std::uint64_t>(value.imag() + 0.0));
    }
    case Value::Kind::string:
    case Value::Kind::bytes:
    case Value::Kind::named:
      return tagged(key_text_detail::hash_of(key.string()));
    case Value::Kind::tuple:
    case Value::Kind::set:
      return of_group(key);
    case Value::Kind::tensor:
    case Value::Kind::storage:
      return tagged(key.index());
    case Value::Kind::list:
    case Value::Kind::dict:
    case Value::Kind::array:
    case Value::Kind::object:
      return tagged(std::bit_cast<std::uintptr_t>(key.pointer<const char>()));
  }
  return std::nullopt;
}

inline std::uint64_t KeyHashes::whole(std::int64_t number) {
  return key_text_detail::combined(0, static_cast<std::uint64_t>(number));
}

inline std::optional<std::uint64_t> KeyHashes::of_group(Value group) {
  const auto known = groups_.find(group.items().data());
  if (known != groups_.end()) return known->second;
  std::uint64_t hash =
      key_text_detail::combined(static_cast<std::uint64_t>(group.kind()) + 1, group.items().size());
  std::uint64_t sum = 0;
  bool equals_no_other = false;
  for (const Value item : group.items()) {
    const auto one = of(item);
    equals_no_other |= !one;
    sum += one.value_or(0);
    if (group.kind() == Value::Kind::tuple) hash = key_text_detail::combined(hash, one.value_or(0));
  }
  // A set's items have no order.
  if (group.kind() == Value::Kind::set) hash = key_text_detail::combined(hash, sum);
  const auto made =
      equals_no_other ? std::optional<std::uint64_t>() : std::optional<std::uint64_t>(hash);
  groups_.emplace(group.items().data(), made);
  return made;
}

inline std::optional<std::int64_t> whole_number(Value key) {
  switch (key.kind()) {
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return key.integer();
    case Value::Kind::real: {
      constexpr double kLimit = 9007199254740992.0;  // 2^53: whole numbers are exact below
      const double real = key.real();
      if (real > -kLimit && real < kLimit && real == std::floor(real))
        return static_cast<std::int64_t>(real);
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

inline std::string python_text(double value) {
  if (value != value) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::string_view digits = text.substr(e + (text[e + 1] == '+' ? 2 : 1));
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  // Python writes without an exponent what has its point among or near its digits.
  if (exponent < -4 || exponent >= 16) return std::string(text);
  const auto [last, failure] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  std::string plain(buffer.data(), last);
  if (plain.find('.') == plain.npos) plain += ".0";
  return plain;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_KEY_TEXT_H_
