#include <torchhub/net/redirect.h>

namespace torchhub::net {

boost::system::result<Url> redirect_target(const Url& from, const ResponseHead& head) {
  const auto location = head.find("location");
  if (!location) return make_error_code(errc::bad_response);
  boost::system::result<Url> target = from.resolve(*location);
  if (target && from.origin().is_secure() && !target->origin().is_secure()) {
    return make_error_code(errc::insecure_redirect);
  }
  return target;
}

}  // namespace torchhub::net
