#include <torchhub/archive/detail/utf8.h>
#include <torchhub/archive/entry_name.h>

#include <cstddef>

namespace torchhub::archive {
namespace {

constexpr std::size_t kMaxNameBytes = 4096;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

const char* flaw_of(std::string_view name, EntryNames names) {
  const bool is_portable = names == EntryNames::portable;
  if (name.empty()) return "is empty";
  if (name.size() > kMaxNameBytes) return "is longer than 4096 bytes";
  if (name.front() == '/') return "is an absolute path";
  if (is_portable && name.size() > 1 && is_letter(name[0]) && name[1] == ':')
    return "begins with a drive letter";
  bool is_ascii = true;
  std::size_t component = 0;  // where it begins
  for (std::size_t i = 0; i <= name.size(); ++i) {
    if (i < name.size() && name[i] != '/') {
      const auto c = static_cast<unsigned char>(name[i]);
      if (c == '\\' && is_portable) return "holds a backslash";
      if (c == 0 || (is_portable && (c < 0x20 || c == 0x7F))) return "holds a control character";
      if (c >= 0x80) is_ascii = false;
      continue;
    }
    const std::string_view part = name.substr(component, i - component);
    const bool is_end = i == name.size() && component > 0;  // after a folder's trailing '/'
    if (part == "..") return "has a '..' in its path";
    if (part == "." || (part.empty() && !is_end))
      return "has an empty or '.' component in its path";
    component = i + 1;
  }
  if (!is_ascii && is_portable && !detail::is_utf8(name)) return "is not UTF-8";
  return nullptr;
}

}  // namespace

const char* flaw_of_entry_name(std::string_view name) {
  return flaw_of(name, EntryNames::portable);
}

const char* flaw_of_linux_name(std::string_view name) {
  return flaw_of(name, EntryNames::linux_files);
}

}  // namespace torchhub::archive
