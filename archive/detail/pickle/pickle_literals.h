#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_LITERALS_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_LITERALS_H_
// The numbers and texts that stand in a pickle behind an opcode. Texts lie in the pickle where they can, else in
// the arena.
//
// Throw: errc::damaged_pickle, unsupported_format, limit_exceeded.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/utf8.h>
#include <torchhub/archive/detail/pickle/pickle_operands.h>
#include <torchhub/archive/long_integer.h>
#include <torchhub/archive/value.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// LONG1 and LONG4: two's complement of `size` bytes, little endian.
inline Value take_long(PickleOperands& operands, std::uint64_t size);
/// INT of protocol 0, whose "00" and "01" are its booleans.
inline Value take_int_text(PickleOperands& operands, Arena& arena);
/// LONG of protocols 0 and 1: decimal digits, and an L.
inline Value take_long_text(PickleOperands& operands, Arena& arena);
/// FLOAT of protocol 0.
inline Value take_real_text(PickleOperands& operands);
/// SHORT_BINSTRING and BINSTRING: Python 2's str, which may have been text or bytes.
inline Value take_python2_text(PickleOperands& operands, Arena& arena, std::uint64_t size);
/// STRING of protocol 0: repr() of a str.
inline Value take_quoted_text(PickleOperands& operands, Arena& arena);
/// UNICODE of protocol 0: raw-unicode-escape.
inline Value take_escaped_text(PickleOperands& operands, Arena& arena);

namespace pickle_literals_detail {

using Kind = Value::Kind;

inline Value integer(std::int64_t value) {
  return {Kind::integer, std::bit_cast<std::uint64_t>(value)};
}

inline Value string(std::string_view text) { return {Kind::string, text.data(), text.size()}; }

inline Value python2_text(std::string_view text, Arena& arena) {
  if (is_utf8(text)) return {text, Value::Written::as_bytes};
  return {arena.copy(utf8_of_latin1(text)), Value::Written::as_latin1};
}

// An integer's two's complement; of 64 bits or fewer, the same kind of value however it was written.
inline Value whole_number(std::string_view bytes) {
  bytes = shortest_integer(bytes);
  const std::size_t size = bytes.size();
  if (size > 8) return {Kind::long_integer, bytes.data(), size};
  if (size == 0) return integer(0);
  std::uint64_t value = 0;
  value = load_bytes(bytes.data(), size);
  const std::uint64_t shift = 64 - 8 * size;
  return integer(static_cast<std::int64_t>(value << shift) >> shift);
}

// What int(text, 0) of Python and strtol(text, 0) of its C read alike: no base, no leading zero; -0 is False to C.
inline Value whole_number_of_text(PickleOperands& operands, Arena& arena, std::string_view text) {
  const bool is_plain = text.size() <= 1 || !(text.starts_with('0') || text.starts_with("-0"));
  const auto bytes = is_plain ? integer_of_text(text) : std::nullopt;
  if (!bytes) operands.fail("holds a number that is none, or of more than 4300 digits");
  return whole_number(bytes->size() > 8 ? arena.copy(*bytes) : *bytes);
}

inline void append_utf8(std::string& text, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      byte(0xE0 | code >> 12);
    } else {
      byte(0xF0 | code >> 18);
      byte(0x80 | (code >> 12 & 0x3F));
    }
    byte(0x80 | (code >> 6 & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

// The number that `size` hexadecimal digits at the beginning of `text` are.
inline std::optional<std::uint32_t> hexadecimal(std::string_view text, std::size_t size) {
  std::uint32_t value = 0;
  const std::string_view digits = text.substr(0, size);
  const auto [rest, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() < size || error != std::errc() || rest != digits.data() + size)
    return std::nullopt;
  return value;
}

// As codecs.escape_decode of CPython: what repr() of Python 2 has escaped.
inline std::string unescaped(const PickleOperands& operands, std::string_view text) {
  constexpr std::string_view kLetters = "\\'\"bfnrtva";
  constexpr std::string_view kMeanings = "\\'\"\b\f\n\r\t\v\a";
  std::string bytes;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      bytes += c;
      continue;
    }
    if (text.empty()) operands.fail("holds a text that ends within an escape");
    const char letter = text.front();
    if (const std::size_t known = kLetters.find(letter); known != kLetters.npos) {
      bytes += kMeanings[known];
      text.remove_prefix(1);
    } else if (letter == 'x') {
      const auto value = hexadecimal(text.substr(1), 2);
      if (!value) operands.fail("holds a text with an escape that is none");
      bytes += static_cast<char>(*value);
      text.remove_prefix(3);
    } else if (letter >= '0' && letter <= '7') {
      unsigned value = 0;
      for (int i = 0; i < 3 && !text.empty() && text.front() >= '0' && text.front() <= '7'; ++i) {
        value = value * 8 + static_cast<unsigned>(text.front() - '0');
        text.remove_prefix(1);
      }
      if (value > 0xFF) operands.fail("holds a text with an escape that is none");
      bytes += static_cast<char>(value);
    } else {
      bytes += c;
    }
  }
  return bytes;
}

}  // namespace pickle_literals_detail

inline Value take_long(PickleOperands& operands, std::uint64_t size) {
  if (size > 0x7FFFFFFF) operands.fail("holds an integer of a negative number of bytes");
  return pickle_literals_detail::whole_number(operands.take_bytes(size));
}

inline Value take_int_text(PickleOperands& operands, Arena& arena) {
  const std::string_view text = operands.take_line(kMostDecimalDigits + 1);
  if (text == "00" || text == "01") return {Value::Kind::boolean, text == "01" ? 1u : 0u};
  return pickle_literals_detail::whole_number_of_text(operands, arena, text);
}

inline Value take_long_text(PickleOperands& operands, Arena& arena) {
  std::string_view text = operands.take_line(kMostDecimalDigits + 2);
  if (text.ends_with('L')) text.remove_suffix(1);
  return pickle_literals_detail::whole_number_of_text(operands, arena, text);
}

inline Value take_real_text(PickleOperands& operands) {
  const std::string_view text = operands.take_line(PickleOperands::kMaxNumberText);
  if (text.find('(') != text.npos) operands.fail("holds a number that is none");
  return {Value::Kind::real, std::bit_cast<std::uint64_t>(operands.number_of<double>(text))};
}

inline Value take_python2_text(PickleOperands& operands, Arena& arena, std::uint64_t size) {
  return pickle_literals_detail::python2_text(operands.take_bytes(size), arena);
}

inline Value take_quoted_text(PickleOperands& operands, Arena& arena) {
  std::string_view text = operands.take_line(operands.left());
  if (text.size() < 2 || (text[0] != '\'' && text[0] != '"') || text.back() != text[0])
    operands.fail("holds a text without quotes");
  text = text.substr(1, text.size() - 2);
  if (text.find('\\') == text.npos) return pickle_literals_detail::python2_text(text, arena);
  return pickle_literals_detail::python2_text(
      arena.copy(pickle_literals_detail::unescaped(operands, text)), arena);
}

inline Value take_escaped_text(PickleOperands& operands, Arena& arena) {
  std::string_view text = operands.take_line(operands.left());
  if (is_ascii(text) && text.find('\\') == text.npos) return pickle_literals_detail::string(text);
  std::string decoded;
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const char kind = c == '\\' && text.size() > 1 ? text[1] : '\0';
    if (kind == 'u' || kind == 'U') {
      const std::size_t digits = kind == 'u' ? 4 : 8;
      const auto code = pickle_literals_detail::hexadecimal(text.substr(2), digits);
      const bool is_surrogate = code && *code >= 0xD800 && *code < 0xE000;
      if (!code || *code > 0x10FFFF || is_surrogate)
        operands.fail("holds a text with an escape that is no character");
      pickle_literals_detail::append_utf8(decoded, *code);
      text.remove_prefix(2 + digits);
      continue;
    }
    pickle_literals_detail::append_utf8(decoded, c);
    text.remove_prefix(1);
    // The other of two backslashes begins no escape.
    if (kind == '\\') {
      decoded += kind;
      text.remove_prefix(1);
    }
  }
  return pickle_literals_detail::string(arena.copy(decoded));
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_LITERALS_H_
