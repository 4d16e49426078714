#include <torchhub/hub/cli/terminal_text.h>

namespace torchhub::cli {
namespace {

template <class IsShown>
std::string escaped(std::string_view text, IsShown is_shown) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_shown(byte)) {
      out += c;
    } else {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

std::string terminal_text(std::string_view text) {
  return escaped(text, [](unsigned char byte) {
    return (byte >= 0x20 && byte != 0x7F) || byte == '\n' || byte == '\t';
  });
}

std::string ascii_text(std::string_view bytes) {
  return escaped(bytes, [](unsigned char byte) { return byte >= 0x20 && byte < 0x7F; });
}

}  // namespace torchhub::cli
