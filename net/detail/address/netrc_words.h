#ifndef TORCHHUB_NET_DETAIL_ADDRESS_NETRC_WORDS_H_
#define TORCHHUB_NET_DETAIL_ADDRESS_NETRC_WORDS_H_
// A .netrc file word by word, for netrc.h. Pure.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::net::detail {

namespace netrc_words_detail {

inline constexpr std::string_view kBlanks = " \t\r\n";

}  // namespace netrc_words_detail

class NetrcWords {
 public:
  explicit NetrcWords(std::string_view text) : rest_(text) {}

  /// The next word, unquoted; nothing at the end.
  std::optional<std::string> next() {
    skip(netrc_words_detail::kBlanks);
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '"') return quoted();
    const std::size_t end =
        std::min(rest_.find_first_of(netrc_words_detail::kBlanks), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }
  /// Stops before what ends the line.
  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }
  /// A macro ends with an empty line.
  void skip_macro() {
    for (;;) {
      skip_line();
      if (rest_.empty()) return;
      rest_.remove_prefix(1);
      const std::string_view line = rest_.substr(0, rest_.find('\n'));
      if (line.empty() || line == "\r") return;
    }
  }

 private:
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }

  std::string quoted() {
    std::string word;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') break;
      if (c == '\\' && !rest_.empty()) {
        c = rest_.front();
        rest_.remove_prefix(1);
        // curl knows these.
        if (c == 'n') c = '\n';
        if (c == 'r') c = '\r';
        if (c == 't') c = '\t';
      }
      word += c;
    }
    return word;
  }

  std::string_view rest_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_ADDRESS_NETRC_WORDS_H_
