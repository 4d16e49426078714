#include <torchhub/archive/detail/zip/entry_name_rules.h>
#include <torchhub/archive/entry_name.h>

namespace torchhub::archive {

const char* flaw_of_entry_name(std::string_view name) {
  return detail::flaw_of_name(name, detail::NameRules::portable);
}

const char* flaw_of_linux_name(std::string_view name) {
  return detail::flaw_of_name(name, detail::NameRules::linux_files);
}

}  // namespace torchhub::archive
