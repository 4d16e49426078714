#include <torchhub/hub/cli/json_text.h>

#include <boost/locale/utf.hpp>

#include <cstdio>

namespace torchhub::cli {
namespace {

// "\\udc80" for the three bytes of half a surrogate pair, "" for anything else.
std::string surrogate_text(const char* at, const char* end) {
  if (end - at < 3) return "";
  const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
  if (byte(0) != 0xED || (byte(1) & 0xE0) != 0xA0 || (byte(2) & 0xC0) != 0x80) return "";
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", 0xD000u | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu));
  return text;
}

}  // namespace

std::string json_text(std::string_view bytes) {
  using boost::locale::utf::illegal;
  using boost::locale::utf::incomplete;
  using Utf8 = boost::locale::utf::utf_traits<char>;
  std::string text;
  for (const char* at = bytes.data(); at != bytes.data() + bytes.size();) {
    const char* const begin = at;
    if (const std::string half = surrogate_text(begin, bytes.data() + bytes.size());
        !half.empty()) {
      text += half;
      at = begin + 3;
      continue;
    }
    const auto point = Utf8::decode(at, bytes.data() + bytes.size());
    if (point == illegal || point == incomplete) {
      text += "\xEF\xBF\xBD";
      at = begin + 1;
    } else {
      text.append(begin, at);
    }
  }
  return text;
}

}  // namespace torchhub::cli
