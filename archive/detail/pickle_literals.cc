#include <torchhub/archive/detail/pickle_literals.h>
#include <torchhub/archive/detail/utf8.h>

#include <bit>
#include <cstring>
#include <string_view>

namespace torchhub::archive::detail {
namespace {

constexpr std::size_t kMaxLongBytes = 255;

using Kind = Value::Kind;

Value integer(std::int64_t value) { return {Kind::integer, std::bit_cast<std::uint64_t>(value)}; }

Value string(std::string_view text) { return {Kind::string, text.data(), text.size()}; }

Value python2_text(std::string_view text, Arena& arena) {
  if (is_utf8(text)) return {text, Value::Written::as_bytes};
  return {arena.copy(utf8_of_latin1(text)), Value::Written::as_latin1};
}

}  // namespace

Value take_long(PickleOperands& operands, std::uint64_t size) {
  if (size > kMaxLongBytes) operands.fail("holds an integer of more than 255 bytes");
  const std::string_view bytes = operands.take_bytes(size);
  if (size > 8) return {Kind::long_integer, bytes.data(), bytes.size()};
  if (size == 0) return integer(0);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  const std::uint64_t shift = 64 - 8 * size;
  return integer(static_cast<std::int64_t>(value << shift) >> shift);
}

Value take_integer_text(PickleOperands& operands) {
  std::string_view text = operands.take_line(PickleOperands::kMaxNumberText);
  if (text == "00" || text == "01") return {Kind::boolean, text == "01" ? 1u : 0u};
  if (text.ends_with('L')) text.remove_suffix(1);
  return integer(operands.number_of<std::int64_t>(text));
}

Value take_real_text(PickleOperands& operands) {
  const std::string_view text = operands.take_line(PickleOperands::kMaxNumberText);
  return {Kind::real, std::bit_cast<std::uint64_t>(operands.number_of<double>(text))};
}

Value take_python2_text(PickleOperands& operands, Arena& arena, std::uint64_t size) {
  return python2_text(operands.take_bytes(size), arena);
}

Value take_quoted_text(PickleOperands& operands, Arena& arena) {
  std::string_view text = operands.take_line(operands.left());
  if (text.size() < 2 || (text[0] != '\'' && text[0] != '"') || text.back() != text[0])
    operands.fail("holds a text without quotes");
  text = text.substr(1, text.size() - 2);
  if (text.find('\\') != text.npos)
    operands.fail(errc::unsupported_format, "holds a text with escapes");
  return python2_text(text, arena);
}

Value take_escaped_text(PickleOperands& operands, Arena& arena) {
  const std::string_view text = operands.take_line(operands.left());
  if (text.find("\\u") != text.npos || text.find("\\U") != text.npos)
    operands.fail(errc::unsupported_format, "holds a text with escapes");
  return string(is_ascii(text) ? text : arena.copy(utf8_of_latin1(text)));
}

}  // namespace torchhub::archive::detail
