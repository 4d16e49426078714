#include <torchhub/archive/entry_name.h>

#include <algorithm>
#include <cstdint>

namespace torchhub::archive {
namespace {

constexpr std::size_t kMaxNameBytes = 4096;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Whether `text` is UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing past
// U+10FFFF.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
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

}  // namespace

const char* flaw_of_entry_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > kMaxNameBytes) return "is longer than 4096 bytes";
  if (name.front() == '/') return "is an absolute path";
  if (name.size() > 1 && is_letter(name[0]) && name[1] == ':') return "begins with a drive letter";
  if (name.find('\\') != name.npos) return "holds a backslash";
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return "holds a control character";
  }
  if (!is_utf8(name)) return "is not UTF-8";
  if (name.ends_with('/')) name.remove_suffix(1);
  for (;;) {
    const std::string_view component = name.substr(0, name.find('/'));
    if (component == "..") return "has a '..' in its path";
    if (component == "." || component.empty()) return "has an empty or '.' component in its path";
    if (component.size() == name.size()) return nullptr;
    name.remove_prefix(component.size() + 1);
  }
}

}  // namespace torchhub::archive
