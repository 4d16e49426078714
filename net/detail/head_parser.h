#ifndef TORCHHUB_NET_DETAIL_HEAD_PARSER_H_
#define TORCHHUB_NET_DETAIL_HEAD_PARSER_H_
// The head of an answer, from bytes to a value: as lenient as curl with what harms nobody (no reason, lines
// that end with LF alone, folded lines, odd names), strict with what tells where the body ends.
//
//   const auto end = find_head_end(bytes, 0);
//   if (end && *end) head = *parse_head(bytes.substr(0, **end));
//
// Pure. Source: RFC 9112 sections 2 to 6 and 9.3.

#include <torchhub/net/detail/http_flaw.h>
#include <torchhub/net/response_head.h>

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

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

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HEAD_PARSER_H_
