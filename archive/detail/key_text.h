#ifndef TORCHHUB_ARCHIVE_DETAIL_KEY_TEXT_H_
#define TORCHHUB_ARCHIVE_DETAIL_KEY_TEXT_H_
// A dict's keys as texts: what tensors are named by. Pure.

#include <torchhub/archive/value.h>

#include <optional>
#include <string>

namespace torchhub::archive::detail {

/// As Python's str() of the key, but without the quotes of what stands in a tuple; of a tensor and of
/// what else has no text, its place among the keys. Cut where it is very long.
std::string key_text(Value key, std::size_t place);

/// A text that two keys have in common where Python would take them for one, for keys that are
/// neither strings nor numbers of 64 bits. Nothing for those that are equal to no other, or too long to tell.
std::optional<std::string> key_identity(Value key);

/// 0.1, 1.0, 1e+16, inf: as Python's repr().
std::string python_text(double value);

/// The number whose two's complement `bytes` is, little endian.
std::string integer_text(std::string_view bytes);

/// The same without the bytes that only repeat its sign.
std::string_view shortest_integer(std::string_view bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_KEY_TEXT_H_
