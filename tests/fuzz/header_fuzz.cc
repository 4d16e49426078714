// The values of headers: ranges, dates, waits, encodings.

#include <torchhub/net/content_range.h>
#include <torchhub/net/detail/http/content_coding.h>
#include <torchhub/net/entity.h>
#include <torchhub/net/http_date.h>
#include <torchhub/net/retry.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

namespace net = torchhub::net;

std::string text_of(const net::ContentRange& range) {
  const std::string span = range.is_unsatisfied
                               ? std::string("*")
                               : std::to_string(range.first) + '-' + std::to_string(range.end - 1);
  return "bytes " + span + '/' + (range.total ? std::to_string(*range.total) : "*");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  if (const auto range = net::parse_content_range(value)) {
    if (!range->is_unsatisfied &&
        (range->first >= range->end || range->end > range->total.value_or(range->end)))
      __builtin_trap();
    const auto again = net::parse_content_range(text_of(*range));
    if (!again || again->first != range->first || again->end != range->end ||
        again->total != range->total)
      __builtin_trap();
  }
  net::parse_http_date(value);
  const auto now = std::chrono::system_clock::from_time_t(784111777);
  for (const char* name : {"Retry-After", "RateLimit", "X-RateLimit-Reset"}) {
    net::ResponseHead head;
    head.headers = {{"X-RateLimit-Remaining", "0"}, {name, value}};
    const auto wait = net::retry_after(head, now);
    if (wait && wait->count() < 0) __builtin_trap();
  }
  net::ResponseHead head;
  head.headers = {
      {"Content-Encoding", value}, {"ETag", value}, {"Last-Modified", value}, {"Date", value}};
  const std::string coding = net::detail::content_coding(head);
  if (coding.find_first_of("/=") != coding.npos) __builtin_trap();
  const net::Entity entity = net::entity_of(head, size);
  if (!net::may_be_same(entity, entity, false)) __builtin_trap();
  // Of one moment: it cannot tell two contents apart.
  if (entity.last_modified_is_strong) __builtin_trap();
  return 0;
}
