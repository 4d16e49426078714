#ifndef TORCHHUB_PYTHON_DETAIL_TEXTS_H_
#define TORCHHUB_PYTHON_DETAIL_TEXTS_H_
// How texts travel between our processes: each is its length in bytes in decimal, a colon and its bytes.

#include <charconv>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::python::detail {

inline void append_text(std::string& encoded, std::string_view text) {
  encoded += std::to_string(text.size());
  encoded += ':';
  encoded += text;
}

/// The texts of `encoded`; none at all where it is cut or something else.
inline std::optional<std::deque<std::string>> texts_of(std::string_view encoded) {
  std::deque<std::string> texts;
  const char* at = encoded.data();
  const char* const end = at + encoded.size();
  while (at < end) {
    std::size_t length = 0;
    const auto [colon, error] = std::from_chars(at, end, length);
    if (error != std::errc() || colon == end || *colon != ':' ||
        length > static_cast<std::size_t>(end - colon - 1))
      return std::nullopt;
    texts.emplace_back(colon + 1, length);
    at = colon + 1 + length;
  }
  return texts;
}

/// Takes the first of `texts`, "" where there is none.
inline std::string next_text(std::deque<std::string>& texts) {
  if (texts.empty()) return "";
  std::string text = std::move(texts.front());
  texts.pop_front();
  return text;
}

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_TEXTS_H_
