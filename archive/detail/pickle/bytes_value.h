#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_BYTES_VALUE_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_BYTES_VALUE_H_
// Bytes, however a pickle has written them. Pure.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/value.h>

#include <optional>
#include <string_view>

namespace torchhub::archive::detail {

/// The bytes that `text`, which is UTF-8, has in Latin-1; nothing where it has none. The result lies in
/// `arena`.
inline std::optional<std::string_view> latin1_bytes(std::string_view text, Arena& arena);

/// The content of bytes, or of a string that Python 2 wrote, which may have meant bytes.
inline std::optional<std::string_view> bytes_of(Value value, Arena& arena);

inline std::optional<std::string_view> latin1_bytes(std::string_view text, Arena& arena) {
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

inline std::optional<std::string_view> bytes_of(Value value, Arena& arena) {
  if (value.kind() == Value::Kind::bytes) return value.string();
  if (value.kind() != Value::Kind::string) return std::nullopt;
  if (value.written() == Value::Written::as_bytes) return value.string();
  if (value.written() == Value::Written::as_latin1) return latin1_bytes(value.string(), arena);
  return std::nullopt;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_BYTES_VALUE_H_
