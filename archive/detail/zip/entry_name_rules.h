#ifndef TORCHHUB_ARCHIVE_DETAIL_ZIP_ENTRY_NAME_RULES_H_
#define TORCHHUB_ARCHIVE_DETAIL_ZIP_ENTRY_NAME_RULES_H_
// Which names an archive's entries may have. Pure.

#include <torchhub/archive/detail/bytes/utf8.h>

#include <cstddef>
#include <string_view>

namespace torchhub::archive::detail {

namespace entry_name_rules_detail {

inline constexpr std::size_t kMaxNameBytes = 4096;

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace entry_name_rules_detail

/// Whether a name must mean the same file everywhere, or is one of Linux's, which are bytes.
enum class NameRules { portable, linux_files };

/// Why an entry must not be created under `name`, as a clause; null where it may.
inline const char* flaw_of_name(std::string_view name, NameRules rules) {
  const bool is_portable = rules == NameRules::portable;
  if (name.empty()) return "is empty";
  if (name.size() > entry_name_rules_detail::kMaxNameBytes) return "is longer than 4096 bytes";
  if (name.front() == '/') return "is an absolute path";
  if (is_portable && name.size() > 1 && entry_name_rules_detail::is_letter(name[0]) &&
      name[1] == ':')
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
  if (!is_ascii && is_portable && !is_utf8(name)) return "is not UTF-8";
  return nullptr;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_ZIP_ENTRY_NAME_RULES_H_
