#ifndef TORCHHUB_NET_DETAIL_HTTP_HEAD_PARSER_H_
#define TORCHHUB_NET_DETAIL_HTTP_HEAD_PARSER_H_
// The head of an answer, from bytes to a value: as lenient as curl with what harms nobody (no reason, lines
// that end with LF alone, folded lines, odd names), strict with what tells where the body ends.
//
//   const auto end = find_head_end(text, 0);
//   if (end && *end) head = parse_head(text.substr(0, **end))->head;
//
// Pure. Source: RFC 9112 sections 2 to 6 and 9.3.

#include <torchhub/net/ascii_case.h>
#include <torchhub/net/detail/http/http_flaw.h>
#include <torchhub/net/response_head.h>

#include <boost/system/result.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::net::detail {

/// As curl's MAX_HTTP_RESP_HEADER_SIZE; includes the empty line.
inline constexpr std::size_t kMaxHeadBytes = std::size_t{300} << 10;

enum class Framing {
  none,         ///< there is no body
  measured,     ///< it has ResponseHead::content_length bytes
  chunked,      ///< it has chunks
  until_close,  ///< it ends with the connection
};

struct ParsedHead {
  ParsedHead() = default;

  ResponseHead head;
  Framing framing = Framing::none;
  bool keeps_connection = false;  ///< another request may follow, once the body was read
};

/// How long the head is at whose first byte `bytes` begins, its empty line included; nothing where more must
/// come. `seen`: how many of the bytes an earlier call has looked at.
boost::system::result<std::optional<std::size_t>, HttpFlaw> find_head_end(std::string_view bytes,
                                                                          std::size_t seen);

/// What was asked for: a 2xx to CONNECT has no body, and what it says of one means nothing (RFC 9110 section
/// 9.3.6).
enum class Asked { content, tunnel };

/// `text` as find_head_end() measured it.
boost::system::result<ParsedHead, HttpFlaw> parse_head(std::string_view text,
                                                       Asked asked = Asked::content);

namespace head_parser_detail {

inline constexpr std::string_view kBlanks = " \t";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

inline std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// Cuts off the first line, without what ends it. A lone LF ends one too (RFC 9112 section 2.2).
inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// A CR that ends no line counts as a blank (the same section).
inline std::string value_of(std::string_view text) {
  std::string value(text);
  std::replace(value.begin(), value.end(), '\r', ' ');
  return std::string(trimmed(value));
}

struct StatusLine {
  bool is_1_0 = false;
  unsigned status = 0;
  std::string_view reason;
};

// "HTTP/1.1 200 OK"; the reason may be missing, and the blank before it.
inline std::optional<StatusLine> parse_status_line(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  if (!line.starts_with(kVersion)) return std::nullopt;
  line.remove_prefix(kVersion.size());
  if (line.size() < 2 || !is_digit(line[0]) || !is_blank(line[1])) return std::nullopt;
  StatusLine parsed;
  parsed.is_1_0 = line[0] == '0';
  line = trimmed(line.substr(1));
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit))
    return std::nullopt;
  if (line.size() > 3 && is_digit(line[3])) return std::nullopt;
  std::from_chars(line.data(), line.data() + 3, parsed.status);
  if (parsed.status < 100) return std::nullopt;
  parsed.reason = line.substr(3);
  return parsed;
}

// The members of all the lists that headers called `name` have, in lower case.
inline std::vector<std::string> members_of(const ResponseHead& head, std::string_view name) {
  std::vector<std::string> members;
  for (const Header& header : head.headers) {
    if (!is_same_name(header.name, name)) continue;
    std::string_view list = header.value;
    for (;;) {
      const std::size_t comma = std::min(list.find(','), list.size());
      members.push_back(lower_case(trimmed(list.substr(0, comma))));
      if (comma == list.size()) break;
      list.remove_prefix(comma + 1);
    }
  }
  return members;
}

inline std::optional<std::uint64_t> length_of(std::string_view digits) {
  std::uint64_t length = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool is_number = failure == std::errc() && end == digits.data() + digits.size();
  // No file system has more, and sums of two such lengths do not overflow.
  if (!is_number || length > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return length;
}

// The lines of `text` up to the empty one, as headers of `head`.
inline boost::system::result<void, HttpFlaw> take_headers(std::string_view text,
                                                          ResponseHead& head) {
  for (;;) {
    const std::string_view line = take_line(text);
    if (line.empty()) return {};
    if (is_blank(line.front())) {
      // A line that goes on with the one before (RFC 9112 section 5.2).
      if (head.headers.empty()) return HttpFlaw::no_header;
      head.headers.back().value += ' ' + value_of(line);
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return HttpFlaw::no_header;
    head.headers.push_back(
        {std::string(trimmed(line.substr(0, colon))), value_of(line.substr(colon + 1))});
  }
}

}  // namespace head_parser_detail

inline boost::system::result<std::optional<std::size_t>, HttpFlaw> find_head_end(
    std::string_view bytes, std::size_t seen) {
  // What speaks another protocol may never send an end of line.
  constexpr std::string_view kBegin = "HTTP/1.";
  if (bytes.substr(0, kBegin.size()) != kBegin.substr(0, bytes.size())) return HttpFlaw::not_http;
  // The end may have begun with the last two bytes that were seen.
  for (std::size_t at = bytes.find('\n', seen - std::min<std::size_t>(seen, 2)); at != bytes.npos;
       at = bytes.find('\n', at + 1)) {
    const std::string_view rest = bytes.substr(at + 1, 2);
    const std::size_t empty_line = rest.starts_with('\n') ? 1 : rest == "\r\n" ? 2 : 0;
    if (empty_line == 0) continue;
    const std::size_t end = at + 1 + empty_line;
    if (end > kMaxHeadBytes) return HttpFlaw::head_too_long;
    return std::optional(end);
  }
  if (bytes.size() >= kMaxHeadBytes) return HttpFlaw::head_too_long;
  return std::optional<std::size_t>();
}

inline boost::system::result<ParsedHead, HttpFlaw> parse_head(std::string_view text, Asked asked) {
  using namespace head_parser_detail;
  if (text.find('\0') != text.npos) return HttpFlaw::nul_in_head;
  const auto status_line = parse_status_line(take_line(text));
  if (!status_line) return HttpFlaw::not_http;
  ParsedHead parsed;
  ResponseHead& head = parsed.head;
  head.status = status_line->status;
  head.reason = value_of(status_line->reason);
  const auto headers = take_headers(text, head);
  if (!headers) return headers.error();
  if (asked == Asked::tunnel && head.is_success()) return parsed;

  std::vector<std::string> codings = members_of(head, "transfer-encoding");
  std::erase_if(codings,
                [](const std::string& coding) { return coding.empty() || coding == "identity"; });
  if (codings.size() > 1 || (codings.size() == 1 && codings.front() != "chunked"))
    return HttpFlaw::unknown_transfer_coding;
  const std::vector<std::string> lengths = members_of(head, "content-length");
  std::optional<std::uint64_t> length;
  for (const std::string& digits : lengths) {
    const auto next = length_of(digits);
    if (!next || (length && *length != *next)) return HttpFlaw::bad_length;
    length = next;
  }

  // RFC 9112 section 6.3, in its order.
  const bool is_chunked = !codings.empty();
  const bool has_body = head.status / 100 != 1 && head.status != 204 && head.status != 304;
  if (!has_body) {
    head.content_length = 0;
  } else if (is_chunked) {
    parsed.framing = Framing::chunked;
  } else if (length) {
    parsed.framing = Framing::measured;
    head.content_length = length;
  } else {
    parsed.framing = Framing::until_close;
  }
  const std::vector<std::string> options = members_of(head, "connection");
  const auto has_option = [&](std::string_view option) {
    return std::find(options.begin(), options.end(), option) != options.end();
  };
  // Chunks and a length are two ends of one body: nobody can tell at which of them the next answer would begin.
  const bool is_ambiguous = is_chunked && length;
  parsed.keeps_connection = !has_option("close") && parsed.framing != Framing::until_close &&
                            !is_ambiguous && (!status_line->is_1_0 || has_option("keep-alive"));
  return parsed;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_HEAD_PARSER_H_
