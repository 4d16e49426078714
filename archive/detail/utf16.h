#ifndef TORCHHUB_ARCHIVE_DETAIL_UTF16_H_
#define TORCHHUB_ARCHIVE_DETAIL_UTF16_H_
// Texts of 16-bit units, as Windows writes its pages and messages. Pure.

#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// Whether UTF-16 must begin with a byte order mark to count as such.
enum class Utf16Mark { required, optional };

/// UTF-16 as ASCII, with "?" for what is none; "" where `text` is not UTF-16. Without a mark it is where all of
/// its beginning is ASCII.
std::string ascii_of_utf16(std::string_view text, Utf16Mark mark);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_UTF16_H_
