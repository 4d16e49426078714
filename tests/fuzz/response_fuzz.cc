// Answers from their first byte to their last, in pieces as a network brings them: the pieces make no difference.

#include <torchhub/net/content_range.h>
#include <torchhub/net/detail/http/chunk_decoder.h>
#include <torchhub/net/detail/http/content_coding.h>
#include <torchhub/net/detail/http/head_parser.h>
#include <torchhub/net/entity.h>
#include <torchhub/net/retry.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

namespace net = torchhub::net;
using net::detail::ChunkDecoder;
using net::detail::Framing;
using net::detail::HttpFlaw;

struct Decoded {
  std::string body;
  std::size_t used = 0;
  bool is_done = false;
  std::optional<HttpFlaw> flaw;

  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view text, std::size_t in_bytes, std::size_t out_bytes) {
  ChunkDecoder decoder;
  Decoded decoded;
  std::string room(out_bytes, '\0');
  while (decoded.used < text.size() && !decoder.is_done()) {
    const auto in = std::as_bytes(std::span(text.substr(decoded.used, in_bytes)));
    const auto step = decoder.decode(in, std::as_writable_bytes(std::span(room)));
    if (!step) {
      // What was given before it depends on the pieces.
      decoded = Decoded();
      decoded.flaw = step.error();
      return decoded;
    }
    if (step->used == 0 || step->given > step->used) __builtin_trap();
    decoded.used += step->used;
    decoded.body.append(room, 0, step->given);
  }
  decoded.is_done = decoder.is_done();
  return decoded;
}

// Whether find_head_end() says the same of `text` when it comes byte by byte.
bool is_found_in_pieces(std::string_view text, std::size_t piece) {
  const auto at_once = net::detail::find_head_end(text, 0);
  std::size_t seen = 0;
  for (;;) {
    const std::size_t come = std::min(seen + piece, text.size());
    const auto found = net::detail::find_head_end(text.substr(0, come), seen);
    // An end that lies beyond the limit may be noticed before it is reached.
    if (!found) return !at_once && found.error() == at_once.error();
    if (*found || come == text.size()) return at_once && *at_once == *found;
    seen = come;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (!is_found_in_pieces(text, piece)) __builtin_trap();
  const auto end = net::detail::find_head_end(text, 0);
  std::string_view body = text;
  if (end && *end) {
    const auto parsed = net::detail::parse_head(text.substr(0, **end));
    if (!parsed) return 0;
    const net::ResponseHead& head = parsed->head;
    if (head.status < 100 || head.status > 999) __builtin_trap();
    const bool has_length = head.content_length.has_value();
    if (has_length != (parsed->framing == Framing::none || parsed->framing == Framing::measured))
      __builtin_trap();
    if (parsed->keeps_connection && parsed->framing == Framing::until_close) __builtin_trap();
    for (const net::Header& header : head.headers) {
      if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != header.value.npos)
        __builtin_trap();
    }
    net::detail::content_coding(head);
    net::entity_of(head, head.content_length);
    net::retry_after(head, std::chrono::system_clock::from_time_t(784111777));
    if (parsed->framing != Framing::chunked) return 0;
    body.remove_prefix(**end);
  }
  const Decoded decoded = decode(body, body.size() + 1, body.size() + 1);
  if (decode(body, piece, piece) != decoded || decode(body, 1, 1) != decoded) __builtin_trap();
  return 0;
}
