// URLs, and what redirects make of them: a line with a URL, and the rest a Location.

#include <torchhub/net/redirect.h>
#include <torchhub/net/url.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace net = torchhub::net;

// A URL that was accepted can be put into a request, shown, and read again.
void use(const net::Url& url) {
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
  const std::string& target = url.target();
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), is_visible))
    __builtin_trap();
  const std::string& host = url.host_header();
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_visible)) __builtin_trap();
  if (host.find_first_of("/?#@") != host.npos) __builtin_trap();
  if (url.origin().host.find_first_of(std::string_view("/?#@\\ \r\n\0", 9)) != std::string::npos)
    __builtin_trap();
  if (url.origin().host.empty() || url.origin().port == 0) __builtin_trap();
  const auto again = net::Url::parse(url.text());
  if (!again || again->text() != url.text() || again->origin() != url.origin() ||
      again->target() != target)
    __builtin_trap();
  if (!again->credentials().empty()) __builtin_trap();
  if (url.redacted().find('?') != std::string::npos) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, line_end);
  const std::string_view location = input.substr(std::min(line_end + 1, input.size()));
  net::redact_url(text);
  net::redact_urls(text);
  net::url_beside(text, location);
  const auto url = net::Url::parse(text);
  if (!url) return 0;
  use(*url);
  if (url->resolve("")->text() != url->text()) __builtin_trap();

  net::ResponseHead head;
  head.status = 302;
  head.headers.push_back({"Location", std::string(location)});
  const auto target = net::redirect_target(*url, head);
  if (!target) return 0;
  use(*target);
  if (url->origin().is_secure() && !target->origin().is_secure()) __builtin_trap();
  // A path of the URL's own stays as it was typed; any other is settled by now.
  if (location.empty() || location.front() == '?' || location.front() == '#') return 0;
  const auto settled = url->resolve(target->text());
  if (!settled || settled->text() != target->text()) __builtin_trap();
  const std::string path = target->target().substr(0, target->target().find('?'));
  if ((path + '/').find("/../") != path.npos) __builtin_trap();
  return 0;
}
