#include <torchhub/net/content_range.h>
#include <torchhub/net/detail/ascii_case.h>

#include <charconv>

namespace torchhub::net {
namespace {

// Digits and nothing else; nothing where they are none or too many.
std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

bool is_bytes_unit(std::string_view text) {
  return detail::lower_case(text.substr(0, 6)) == "bytes ";
}

}  // namespace

boost::system::result<ContentRange> parse_content_range(std::string_view value) {
  if (!is_bytes_unit(value)) return make_error_code(errc::bad_response);
  value.remove_prefix(6);
  while (value.starts_with(' ')) value.remove_prefix(1);
  const std::size_t slash = value.find('/');
  if (slash == value.npos) return make_error_code(errc::bad_response);
  const std::string_view span = value.substr(0, slash);
  const std::string_view total = value.substr(slash + 1);

  ContentRange range;
  if (total != "*") {
    range.total = number(total);
    if (!range.total) return make_error_code(errc::bad_response);
  }
  if (span == "*") {
    if (!range.total) return make_error_code(errc::bad_response);
    range.is_unsatisfied = true;
    return range;
  }
  const std::size_t dash = span.find('-');
  if (dash == span.npos) return make_error_code(errc::bad_response);
  const auto first = number(span.substr(0, dash));
  const auto last = number(span.substr(dash + 1));
  const bool is_sound =
      first && last && *first <= *last && *last + 1 != 0 && (!range.total || *last < *range.total);
  if (!is_sound) return make_error_code(errc::bad_response);
  range.first = *first;
  range.end = *last + 1;
  return range;
}

}  // namespace torchhub::net
