#include <torchhub/hub/repo_ref.h>

#include <algorithm>

namespace torchhub {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

}  // namespace

bool is_ref(std::string_view text) {
  if (text.empty() || text.front() == '-') return false;
  for (const char end : {text.front(), text.back()}) {
    if (end == '/' || end == ' ') return false;
  }
  if (text.front() == '.' || text.find("..") != text.npos || text.find("//") != text.npos ||
      text.find("/.") != text.npos)
    return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7F ||
           std::string_view("~^:?*[\\").find(c) != std::string_view::npos;
  });
}

std::string ref_in_url(std::string_view ref) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : ref) {
    if (is_name_character(c) || c == '/' || c == '~') {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

boost::system::result<RepoRef> RepoRef::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return make_error_code(errc::bad_repository_name);
  const std::string_view owner = text.substr(0, slash);
  const std::string_view rest = text.substr(slash + 1);
  const std::size_t colon = rest.find(':');
  const std::string_view name = rest.substr(0, colon);
  if (!is_name(owner) || !is_name(name)) return make_error_code(errc::bad_repository_name);

  RepoRef repo{std::string(owner), std::string(name), std::nullopt};
  if (colon != rest.npos) {
    const std::string_view ref = rest.substr(colon + 1);
    if (!is_ref(ref)) return make_error_code(errc::bad_repository_name);
    repo.ref = std::string(ref);
  }
  return repo;
}

}  // namespace torchhub
