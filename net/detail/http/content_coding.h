#ifndef TORCHHUB_NET_DETAIL_HTTP_CONTENT_CODING_H_
#define TORCHHUB_NET_DETAIL_HTTP_CONTENT_CODING_H_
// What a Content-Encoding says of a body. Object stores give back whatever was set when a file was put there:
// "UTF-8", "binary", "aws-chunked" name no coding, and the body is the file. So does any word that is not known as one:
// nobody asked for a coding, and a server that applies one nevertheless applies one that browsers know.
//
// Pure. Source: RFC 9110 section 8.4; the codings are those of IANA's registry and of old programs.

#include <torchhub/net/ascii_case.h>
#include <torchhub/net/response_head.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace torchhub::net::detail {

/// The codings that the body of `head` came in, in lower case, "gzip" or "gzip, br"; "" for none.
std::string content_coding(const ResponseHead& head);

namespace content_coding_detail {

inline constexpr std::string_view kBlanks = " \t\"'";

inline std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// IANA's registry, and what programs have sent besides. Any other word is one that somebody set when the file was
// put there: what its characters are in, how it travelled, "none".
inline bool is_coding(std::string_view word) {
  constexpr std::array<std::string_view, 29> kCodings = {
      "aes128gcm",    "br",         "compress",  "dcb",  "dcz",    "deflate", "exi",  "gzip",
      "pack200-gzip", "x-compress", "x-gzip",    "zstd", "brotli", "bzip2",   "bz2",  "lz4",
      "lzma",         "lzip",       "lzo",       "sdch", "snappy", "xz",      "zlib", "zstandard",
      "x-br",         "x-bzip2",    "x-deflate", "x-xz", "x-zstd"};
  return std::find(kCodings.begin(), kCodings.end(), word) != kCodings.end();
}

}  // namespace content_coding_detail

inline std::string content_coding(const ResponseHead& head) {
  std::string codings;
  for (const Header& header : head.headers) {
    if (!is_same_name(header.name, "content-encoding")) continue;
    std::string_view list = header.value;
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string_view member = list.substr(0, comma);
      list.remove_prefix(std::min(comma + 1, list.size()));
      const std::string word =
          lower_case(content_coding_detail::trimmed(member.substr(0, member.find(';'))));
      if (!content_coding_detail::is_coding(word)) continue;
      codings += (codings.empty() ? "" : ", ") + word;
    }
  }
  return codings;
}

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_CONTENT_CODING_H_
