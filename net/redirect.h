#ifndef TORCHHUB_NET_REDIRECT_H_
#define TORCHHUB_NET_REDIRECT_H_
// Where an answer sends a GET next, and what may go along.
//
//   if (net::is_redirect(head.status)) address = net::redirect_target(address, head).value();
//
// Pure. Source: RFC 9110 section 15.4. Stricter than it: https never leads to http.

#include <torchhub/net/response_head.h>
#include <torchhub/net/url.h>

#include <boost/system/result.hpp>

namespace torchhub::net {

/// 301, 302, 303, 307 and 308. A 300 names choices, and is the caller's to understand.
constexpr bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The next URL. errc::bad_response without a Location, errc::invalid_url where it is not http or
/// https, errc::insecure_redirect from https to http.
inline boost::system::result<Url> redirect_target(const Url& from, const ResponseHead& head) {
  const auto location = head.find("location");
  if (!location) return make_error_code(errc::bad_response);
  boost::system::result<Url> target = from.resolve(*location);
  if (target && from.origin().is_secure() && !target->origin().is_secure()) {
    return make_error_code(errc::insecure_redirect);
  }
  return target;
}

/// Whether a header that was meant for `meant` may be sent to `asked`: same scheme, host and port.
inline bool may_see_secrets(const Url& meant, const Url& asked) {
  return meant.origin() == asked.origin();
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_REDIRECT_H_
