#include <torchhub/archive/detail/bytes_value.h>

namespace torchhub::archive::detail {

std::optional<std::string_view> latin1_bytes(std::string_view text, Arena& arena) {
  char* const bytes = arena.allocate<char>(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes[size++] = text[i];
    } else if (lead == 0xC2 || lead == 0xC3) {
      bytes[size++] =
          static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F));
    } else {
      return std::nullopt;
    }
  }
  return std::string_view(bytes, size);
}

std::optional<std::string_view> bytes_of(Value value, Arena& arena) {
  if (value.kind() == Value::Kind::bytes) return value.string();
  if (value.kind() != Value::Kind::string) return std::nullopt;
  if (value.written() == Value::Written::as_bytes) return value.string();
  if (value.written() == Value::Written::as_latin1) return latin1_bytes(value.string(), arena);
  return std::nullopt;
}

}  // namespace torchhub::archive::detail
