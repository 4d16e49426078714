#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_UTF16_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_UTF16_H_
// Texts of 16-bit units, as Windows writes its pages and messages. Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// Whether UTF-16 must begin with a byte order mark to count as such.
enum class Utf16Mark { required, optional };

/// UTF-16 as ASCII, with "?" for what is none; "" where `text` is not UTF-16. Without a mark it is where all of
/// its beginning is ASCII.
inline std::string ascii_of_utf16(std::string_view text, Utf16Mark mark);

inline std::string ascii_of_utf16(std::string_view text, Utf16Mark mark) {
  using namespace std::string_view_literals;
  constexpr std::size_t kSureUnits = 8;
  bool is_little = text.starts_with("\xFF\xFE"sv);
  const bool has_mark = is_little || text.starts_with("\xFE\xFF"sv);
  if (!has_mark && mark == Utf16Mark::required) return "";
  if (has_mark) {
    text.remove_prefix(2);
  } else {
    is_little = text.size() > 1 && text[1] == '\0';
  }
  if (!has_mark && text.size() % 2 != 0) return "";
  std::string ascii;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    const char low = text[at + (is_little ? 0 : 1)];
    const char high = text[at + (is_little ? 1 : 0)];
    const bool is_ascii = high == '\0' && low > '\0';
    if (!has_mark && !is_ascii && ascii.size() < kSureUnits) return "";
    ascii += is_ascii ? low : '?';
  }
  return ascii;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_UTF16_H_
