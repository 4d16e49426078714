#ifndef TORCHHUB_NET_DETAIL_HTTP_HTTP_FLAW_H_
#define TORCHHUB_NET_DETAIL_HTTP_HTTP_FLAW_H_
// Why bytes are no answer that can be read, for head_parser.h and chunk_decoder.h.

namespace torchhub::net::detail {

enum class HttpFlaw {
  not_http = 1,
  head_too_long,
  nul_in_head,
  no_header,
  bad_length,
  unknown_transfer_coding,
  bad_chunk_size,
  chunk_line_too_long,
  too_many_extensions,
  chunk_without_end,
  trailer_too_long,
  endless_informing,
};

/// As the end of "the answer is not HTTP that can be read: ...".
constexpr const char* text_of(HttpFlaw flaw) {
  switch (flaw) {
    case HttpFlaw::not_http:
      return "it does not begin with HTTP/1 and a status";
    case HttpFlaw::head_too_long:
      return "its head is longer than 300 KiB";
    case HttpFlaw::nul_in_head:
      return "its head holds a null byte";
    case HttpFlaw::no_header:
      return "its head has a line that is no header";
    case HttpFlaw::bad_length:
      return "its Content-Length is no length, or several that differ";
    case HttpFlaw::unknown_transfer_coding:
      return "its Transfer-Encoding was not asked for";
    case HttpFlaw::bad_chunk_size:
      return "a chunk has no size that can be read";
    case HttpFlaw::chunk_line_too_long:
      return "the line before a chunk is longer than 16 KiB";
    case HttpFlaw::too_many_extensions:
      return "its chunks bring more extensions than data";
    case HttpFlaw::chunk_without_end:
      return "a chunk does not end where it says";
    case HttpFlaw::trailer_too_long:
      return "its trailer is longer than 300 KiB";
    case HttpFlaw::endless_informing:
      return "too many informational answers come before it";
  }
  return "";
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_HTTP_FLAW_H_
