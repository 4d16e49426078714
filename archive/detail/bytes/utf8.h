#ifndef TORCHHUB_ARCHIVE_DETAIL_BYTES_UTF8_H_
#define TORCHHUB_ARCHIVE_DETAIL_BYTES_UTF8_H_
// Whether bytes are UTF-8, and what to make of those that are not.

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

inline bool is_ascii(std::string_view text);

/// Whether `text` is UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing past
/// U+10FFFF.
inline bool is_utf8(std::string_view text);

/// A text that is UTF-8 but for halves of surrogate pairs, as Python's "surrogatepass" writes them,
/// with those written out, as "\udce9"; nothing for one that is not even that.
inline std::optional<std::string> utf8_of_surrogates(std::string_view text);

/// `bytes` read as Latin-1.
inline std::string utf8_of_latin1(std::string_view bytes);

/// `bytes` read as code page 437, with ASCII's control characters for themselves.
inline std::string utf8_of_cp437(std::string_view bytes);

namespace utf8_detail {

// How many ASCII characters `text` begins with, at least; eight at a time.
inline std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if (word & 0x8080808080808080ull) return at;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

// The upper half of code page 437, as Python's codec has it.
inline constexpr std::uint16_t kCp437[128] = {
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF,
    0x00EE, 0x00EC, 0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9,
    0x00FF, 0x00D6, 0x00DC, 0x00A2, 0x00A3, 0x00A5, 0x20A7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA,
    0x00F1, 0x00D1, 0x00AA, 0x00BA, 0x00BF, 0x2310, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255D, 0x255C, 0x255B, 0x2510, 0x2514, 0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F,
    0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C, 0x2588, 0x2584, 0x258C, 0x2590, 0x2580,
    0x03B1, 0x00DF, 0x0393, 0x03C0, 0x03A3, 0x03C3, 0x00B5, 0x03C4, 0x03A6, 0x0398, 0x03A9, 0x03B4,
    0x221E, 0x03C6, 0x03B5, 0x2229, 0x2261, 0x00B1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00F7, 0x2248,
    0x00B0, 0x2219, 0x00B7, 0x221A, 0x207F, 0x00B2, 0x25A0, 0x00A0,
};

}  // namespace utf8_detail

inline bool is_ascii(std::string_view text) {
  return utf8_detail::ascii_prefix(text) == text.size();
}

inline bool is_utf8(std::string_view text) {
  for (std::size_t i = utf8_detail::ascii_prefix(text); i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80       ? 1
                               : lead >> 5 == 6  ? 2
                               : lead >> 4 == 14 ? 3
                               : lead >> 3 == 30 ? 4
                                                 : 0;
    if (length == 0 || length > text.size() - i) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return false;
      point = point << 6 | (next & 0x3Fu);
    }
    constexpr std::uint32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kShortest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
      return false;
    i += length;
  }
  return true;
}

inline std::optional<std::string> utf8_of_surrogates(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_half =
        text.size() - i >= 3 && byte(i) == 0xED && byte(i + 1) >> 5 == 5 && byte(i + 2) >> 6 == 2;
    if (!is_half) {
      escaped += text[i];
      continue;
    }
    const unsigned point = 0xD000u | (byte(i + 1) & 0x3Fu) << 6 | (byte(i + 2) & 0x3Fu);
    escaped += "\\u";
    for (const int shift : {12, 8, 4, 0}) escaped += kDigits[point >> shift & 15];
    i += 2;
  }
  if (!is_utf8(escaped)) return std::nullopt;
  return escaped;
}

inline std::string utf8_of_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

inline std::string utf8_of_cp437(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
      continue;
    }
    const unsigned point = utf8_detail::kCp437[byte - 0x80];
    if (point < 0x800) {
      text += static_cast<char>(0xC0 | point >> 6);
    } else {
      text += static_cast<char>(0xE0 | point >> 12);
      text += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    }
    text += static_cast<char>(0x80 | (point & 0x3F));
  }
  return text;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_BYTES_UTF8_H_
