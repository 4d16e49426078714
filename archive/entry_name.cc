#include <torchhub/archive/detail/utf8.h>
#include <torchhub/archive/entry_name.h>

#include <algorithm>

namespace torchhub::archive {
namespace {

constexpr std::size_t kMaxNameBytes = 4096;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

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
  if (!detail::is_utf8(name)) return "is not UTF-8";
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
