#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_VALUE_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_VALUE_H_
// Bytes, however a pickle has written them. Pure.

#include <torchhub/archive/detail/arena.h>
#include <torchhub/archive/value.h>

#include <optional>
#include <string_view>

namespace torchhub::archive::detail {

/// The bytes that `text`, which is UTF-8, has in Latin-1; nothing where it has none. The result lies in
/// `arena`.
std::optional<std::string_view> latin1_bytes(std::string_view text, Arena& arena);

/// The content of bytes, or of a string that Python 2 wrote, which may have meant bytes.
std::optional<std::string_view> bytes_of(Value value, Arena& arena);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_VALUE_H_
