#include <torchhub/net/detail/ascii_case.h>
#include <torchhub/net/detail/content_coding.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace torchhub::net::detail {
namespace {

constexpr std::string_view kBlanks = " \t\"'";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool names_no_coding(std::string_view word) {
  // How bytes travelled, what they are; and words for nothing at all.
  constexpr std::array<std::string_view, 16> kWords = {
      "",     "identity", "none",  "null", "raw",          "off",         "default", "binary",
      "7bit", "8bit",     "bytes", "text", "octet-stream", "aws-chunked", "chunked", "plain"};
  if (std::find(kWords.begin(), kWords.end(), word) != kWords.end()) return true;
  // Characters' encodings.
  constexpr std::array<std::string_view, 15> kBeginnings = {
      "utf",   "ucs-",     "us-ascii", "ascii", "ansi", "iso-8859", "iso8859", "iso_8859",
      "latin", "windows-", "cp12",     "koi8",  "euc-", "shift",    "big5"};
  if (std::any_of(kBeginnings.begin(), kBeginnings.end(),
                  [&](std::string_view begin) { return word.starts_with(begin); }))
    return true;
  // "text/plain", "charset=utf-8": a coding is one word.
  return word.find_first_of("/=") != word.npos;
}

}  // namespace

std::string content_coding(const ResponseHead& head) {
  std::string codings;
  for (const Header& header : head.headers) {
    if (!is_same_name(header.name, "content-encoding")) continue;
    std::string_view list = header.value;
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string_view member = list.substr(0, comma);
      list.remove_prefix(std::min(comma + 1, list.size()));
      const std::string word = lower_case(trimmed(member.substr(0, member.find(';'))));
      if (names_no_coding(word)) continue;
      codings += (codings.empty() ? "" : ", ") + word;
    }
  }
  return codings;
}

}  // namespace torchhub::net::detail
