#ifndef TORCHHUB_NET_ASCII_CASE_H_
#define TORCHHUB_NET_ASCII_CASE_H_
// Letters' case as protocols see it: ASCII's, whatever the locale. Pure.

#include <string>
#include <string_view>

namespace torchhub::net {

constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = lower_case(c);
  return lower;
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_ASCII_CASE_H_
