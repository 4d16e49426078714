#ifndef TORCHHUB_NET_DETAIL_TRANSFER_OPENING_H_
#define TORCHHUB_NET_DETAIL_TRANSFER_OPENING_H_
// What answers say of the part of a file that they bring. Pure. Source: RFC 9110 sections 14 and 15.3.

#include <torchhub/net/content_range.h>
#include <torchhub/net/detail/http/content_coding.h>
#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/response_head.h>
#include <torchhub/net/url.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace torchhub::net::detail {

/// Whether an answer brings the whole: 203 is the 200 of a proxy that changed something about it (RFC 9110
/// section 15.3.4).
inline bool is_whole_status(unsigned status) { return status == 200 || status == 203; }

/// Whether an answer brings a part. Some object stores keep ranges and call them 200: what names a part is one.
inline bool is_part(const ResponseHead& head) {
  return head.status == 206 || (is_whole_status(head.status) && head.find("content-range"));
}

/// The range that a part brings, if it begins where it should, ends no later and has the length that it says.
/// What came encoded is a range of something else.
inline std::optional<ContentRange> range_of(const ResponseHead& head, Range asked) {
  if (!content_coding(head).empty()) return std::nullopt;
  const auto got = parse_content_range(head.find("content-range").value_or(""));
  if (!got || got->is_unsatisfied || got->first != asked.begin || got->end > asked.end)
    return std::nullopt;
  const std::uint64_t length = got->end - got->first;
  if (head.content_length.value_or(length) != length) return std::nullopt;
  return *got;
}

/// Whether a 200 with a Content-Range brings all of the file. The header has no meaning there (RFC 9110 section
/// 14.4), but who sends one may mean it.
inline bool is_whole(const ContentRange& range, const ResponseHead& head) {
  if (!range.total || head.content_length.value_or(*range.total) != *range.total) return false;
  return range.is_unsatisfied || (range.first == 0 && range.end == *range.total);
}

/// Whether the file itself is compressed: a server that calls a .gz file "encoded" tells how the file is, not how
/// it came.
inline bool is_compressed_file(const Url& url) {
  const std::string path = url.target().substr(0, url.target().find('?'));
  return path.ends_with(".gz") || path.ends_with(".tgz");
}

inline bool is_gzip(std::string_view coding) { return coding == "gzip" || coding == "x-gzip"; }

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_TRANSFER_OPENING_H_
