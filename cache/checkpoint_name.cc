#include <torchhub/cache/checkpoint_name.h>

#include <algorithm>
#include <array>

namespace torchhub::cache {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_scheme_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// urlsplit() drops these before it looks at anything else.
std::string without_controls(std::string_view url) {
  const auto first = std::find_if(url.begin(), url.end(),
                                  [](char c) { return static_cast<unsigned char>(c) > ' '; });
  std::string kept(first, url.end());
  std::erase_if(kept, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return kept;
}

// Takes "scheme:" off the front of `url` and returns the scheme in lower case, or "".
std::string take_scheme(std::string_view& url) {
  const std::size_t colon = url.find(':');
  if (colon == url.npos || colon == 0 || !is_letter(url[0])) return "";
  const std::string_view scheme = url.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), is_scheme_character)) return "";
  std::string lower(scheme);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  url.remove_prefix(colon + 1);
  return lower;
}

// urllib.parse.uses_params: the schemes whose last path segment may end in ;parameters.
bool has_parameters(std::string_view scheme) {
  constexpr std::array<std::string_view, 14> kSchemes = {
      "",     "ftp",   "hdl", "prospero", "http", "https", "shttp",
      "rtsp", "rtspu", "sip", "sips",     "mms",  "sftp",  "tel"};
  return std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end();
}

}  // namespace

boost::system::result<std::string> checkpoint_name(std::string_view url) {
  const std::string kept = without_controls(url);
  std::string_view rest = kept;
  const std::string scheme = take_scheme(rest);
  if (rest.starts_with("//")) {
    const std::size_t path = rest.find_first_of("/?#", 2);
    rest = path == rest.npos ? std::string_view() : rest.substr(path);
  }
  rest = rest.substr(0, rest.find('#'));
  rest = rest.substr(0, rest.find('?'));
  const std::size_t slash = rest.rfind('/');
  std::string_view name = slash == rest.npos ? rest : rest.substr(slash + 1);
  if (has_parameters(scheme)) name = name.substr(0, name.find(';'));
  if (name.empty() || name == "." || name == "..") return make_error_code(errc::bad_name);
  return std::string(name);
}

}  // namespace torchhub::cache
