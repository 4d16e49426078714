#include <torchhub/hub/cli/terminal_text.h>

#include <boost/locale/utf.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace torchhub::cli {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// What changes how other characters are shown, or where a line ends.
constexpr std::array<Range, 9> kSteering = {{
    {0x00, 0x1F},      // C0
    {0x7F, 0x9F},      // DEL and C1
    {0x061C, 0x061C},  // Arabic letter mark
    {0x200E, 0x200F},  // left-to-right and right-to-left marks
    {0x2028, 0x2029},  // line and paragraph separators
    {0x202A, 0x202E},  // embeddings and overrides
    {0x2066, 0x206F},  // isolates, and the deprecated formatting characters
    {0xFFF9, 0xFFFB},  // interlinear annotations
    {0xE0001, 0xE0001},
}};

bool is_steering(std::uint32_t point) {
  return std::any_of(kSteering.begin(), kSteering.end(), [&](const Range& range) {
    return point >= range.first && point <= range.last;
  });
}

std::string byte_text(unsigned byte) {
  return {'\\', 'x', kDigits[byte >> 4 & 15], kDigits[byte & 15]};
}

// As in JSON and C++: beyond the first 65,536 a pair of surrogates.
std::string point_text(std::uint32_t point) {
  if (point > 0xFFFF) {
    const std::uint32_t rest = point - 0x10000;
    return point_text(0xD800 + (rest >> 10)) + point_text(0xDC00 + (rest & 0x3FF));
  }
  std::string text = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[point >> shift & 15];
  return text;
}

// `text` with what `write_point` and `write_byte` make of characters that steer and of bytes that are
// no UTF-8.
template <class WritePoint, class WriteByte>
std::string escaped(std::string_view text, std::string_view kept, WritePoint write_point,
                    WriteByte write_byte) {
  using Utf8 = boost::locale::utf::utf_traits<char>;
  std::string out;
  out.reserve(text.size());
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const char* const begin = at;
    const auto point = Utf8::decode(at, end);
    if (!boost::locale::utf::is_valid_codepoint(point)) {
      out += write_byte(static_cast<unsigned char>(*begin));
      at = begin + 1;
    } else if (is_steering(point) && kept.find(*begin) == kept.npos) {
      out += write_point(point);
    } else {
      out.append(begin, at);
    }
  }
  return out;
}

std::string written_out(std::string_view text, std::string_view kept) {
  const auto write_point = [](std::uint32_t point) {
    return point < 0x80 ? byte_text(point) : point_text(point);
  };
  return escaped(text, kept, write_point, byte_text);
}

}  // namespace

TerminalText terminal_text(std::string_view text) {
  return TerminalText(written_out(text, "\n\t"));
}

TerminalText terminal_line(std::string_view text) { return TerminalText(written_out(text, "")); }

TerminalText terminal_json(std::string_view document) {
  const auto replacement = [](unsigned) { return "\xEF\xBF\xBD"; };
  // Outside strings there are only these.
  return TerminalText(escaped(document, "\n\t\r", point_text, replacement));
}

std::string ascii_text(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7F ? std::string(1, c) : byte_text(byte);
  }
  return out;
}

}  // namespace torchhub::cli
