#include <torchhub/archive/detail/key_text.h>
#include <torchhub/archive/long_integer.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <complex>
#include <functional>

namespace torchhub::archive::detail {
namespace {

using Kind = Value::Kind;

// Groups in groups may say one long text again and again.
constexpr std::size_t kLongest = 1024;

std::string bytes_text(std::string_view bytes) {
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
std::string part_text(double value) {
  std::string text = python_text(value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string complex_text(std::complex<double> value) {
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

// What stands in a group has no place of its own.
void append_text(std::string& text, Value key, std::optional<std::size_t> place) {
  const auto write = [&](Value item) { append_text(text, item, std::nullopt); };
  switch (key.kind()) {
    case Kind::none:
      text += "None";
      return;
    case Kind::boolean:
      text += key.boolean() ? "True" : "False";
      return;
    case Kind::integer:
      text += std::to_string(key.integer());
      return;
    case Kind::long_integer:
      text += integer_text(key.string());
      return;
    case Kind::real:
      text += python_text(key.real());
      return;
    case Kind::complex:
      text += complex_text(key.complex());
      return;
    case Kind::string:
    case Kind::named:
      text += key.string();
      return;
    case Kind::bytes:
      text += bytes_text(key.string());
      return;
    case Kind::tuple:
      text += '(';
      append_items(text, key.items(), write);
      text += ')';
      return;
    case Kind::set:
      text += "frozenset({";
      append_items(text, key.items(), write);
      text += "})";
      return;
    case Kind::object: {
      text += key.string();
      const auto is_plain = [](Value argument) {
        const bool is_scalar = argument.kind() <= Kind::bytes;  // the first of them are
        return is_scalar || argument.kind() == Kind::named;
      };
      if (std::all_of(key.items().begin(), key.items().end(), is_plain) && !key.items().empty()) {
        text += '(';
        append_items(text, key.items(), write);
        text += ')';
      } else if (place) {
        text += " <key " + std::to_string(*place) + '>';
      }
      return;
    }
    case Kind::list:
    case Kind::dict:
    case Kind::tensor:
    case Kind::storage:
    case Kind::array:
      text +=
          place ? "<key " + std::to_string(*place) + '>' : "<" + std::to_string(key.index()) + '>';
      return;
  }
}

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

// Depends on which of the two is which.
std::uint64_t combined(std::uint64_t state, std::uint64_t hash) {
  state = (state + 1) * 0x9E3779B97F4A7C15ull + hash;
  state = (state ^ state >> 29) * 0xBF58476D1CE4E5B9ull;
  return state ^ state >> 32;
}

}  // namespace

std::string key_text(Value key, std::size_t place) {
  std::string text;
  append_text(text, key, place);
  return text;
}

std::optional<std::uint64_t> KeyHashes::of(Value key) {
  const auto tagged = [&](std::uint64_t hash) {
    return combined(static_cast<std::uint64_t>(key.kind()) + 1, hash);
  };
  switch (key.kind()) {
    case Kind::none:
      return tagged(0);
    case Kind::boolean:
    case Kind::integer:
      return whole(key.integer());
    case Kind::long_integer:
      return tagged(hash_of(key.string()));
    case Kind::real:
      if (key.real() != key.real()) return std::nullopt;
      if (const auto number = whole_number(key)) return whole(*number);
      return tagged(std::bit_cast<std::uint64_t>(key.real()));
    case Kind::complex: {
      const std::complex<double> value = key.complex();
      if (value != value) return std::nullopt;
      // Without the sign of a nought.
      return combined(tagged(std::bit_cast<std::uint64_t>(value.real() + 0.0)),
                      std::bit_cast<std::uint64_t>(value.imag() + 0.0));
    }
    case Kind::string:
    case Kind::bytes:
    case Kind::named:
      return tagged(hash_of(key.string()));
    case Kind::tuple:
    case Kind::set:
      return of_group(key);
    case Kind::tensor:
    case Kind::storage:
      return tagged(key.index());
    case Kind::list:
    case Kind::dict:
    case Kind::array:
    case Kind::object:
      return tagged(std::bit_cast<std::uintptr_t>(key.pointer<const char>()));
  }
  return std::nullopt;
}

std::uint64_t KeyHashes::whole(std::int64_t number) {
  return combined(0, static_cast<std::uint64_t>(number));
}

std::optional<std::uint64_t> KeyHashes::of_group(Value group) {
  const auto known = groups_.find(group.items().data());
  if (known != groups_.end()) return known->second;
  std::uint64_t hash = combined(static_cast<std::uint64_t>(group.kind()) + 1, group.items().size());
  std::uint64_t sum = 0;
  bool equals_no_other = false;
  for (const Value item : group.items()) {
    const auto one = of(item);
    equals_no_other |= !one;
    sum += one.value_or(0);
    if (group.kind() == Kind::tuple) hash = combined(hash, one.value_or(0));
  }
  // A set's items have no order.
  if (group.kind() == Kind::set) hash = combined(hash, sum);
  const auto made =
      equals_no_other ? std::optional<std::uint64_t>() : std::optional<std::uint64_t>(hash);
  groups_.emplace(group.items().data(), made);
  return made;
}

std::optional<std::int64_t> whole_number(Value key) {
  switch (key.kind()) {
    case Kind::boolean:
    case Kind::integer:
      return key.integer();
    case Kind::real: {
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

std::string python_text(double value) {
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
