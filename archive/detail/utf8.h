#ifndef TORCHHUB_ARCHIVE_DETAIL_UTF8_H_
#define TORCHHUB_ARCHIVE_DETAIL_UTF8_H_
// Whether bytes are UTF-8, and what to make of those that are not.

#include <optional>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

bool is_ascii(std::string_view text);

/// Whether `text` is UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing past
/// U+10FFFF.
bool is_utf8(std::string_view text);

/// A text that is UTF-8 but for halves of surrogate pairs, as Python's "surrogatepass" writes them,
/// with those written out, as "\udce9"; nothing for one that is not even that.
std::optional<std::string> utf8_of_surrogates(std::string_view text);

/// `bytes` read as Latin-1.
std::string utf8_of_latin1(std::string_view bytes);

/// `bytes` read as code page 437, with ASCII's control characters for themselves.
std::string utf8_of_cp437(std::string_view bytes);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_UTF8_H_
