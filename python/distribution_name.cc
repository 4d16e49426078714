#include <torchhub/python/distribution_name.h>

#include <algorithm>
#include <array>
#include <string>

namespace torchhub::python {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// pip's ARCHIVE_EXTENSIONS.
constexpr std::array<std::string_view, 12> kArchives = {".zip",     ".whl", ".tar.gz",   ".tgz",
                                                        ".tar.bz2", ".tbz", ".tar.xz",   ".txz",
                                                        ".tar.lz",  ".tlz", ".tar.lzma", ".tar"};

}  // namespace

bool is_distribution_name(std::string_view text) {
  if (text.empty() || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  std::string lower;
  for (const char c : text) {
    if (!is_alphanumeric(c) && c != '.' && c != '_' && c != '-') return false;
    lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return std::none_of(kArchives.begin(), kArchives.end(),
                      [&](std::string_view ending) { return lower.ends_with(ending); });
}

}  // namespace torchhub::python
