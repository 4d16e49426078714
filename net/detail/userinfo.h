#ifndef TORCHHUB_NET_DETAIL_USERINFO_H_
#define TORCHHUB_NET_DETAIL_USERINFO_H_
// The user name and password in front of a URL's host, as people write them: with an "@" of their own, which
// RFC 3986 section 3.2.1 does not allow. As with curl and urllib, the last "@" separates. Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace torchhub::net::detail {

/// Where the authority of `text` begins: behind "scheme://" or "//"; npos where there is neither.
std::size_t authority_begin(std::string_view text);

/// Percent-encodes what may not stand in a user name and password, so that `text` is a URL if the rest of
/// it is one. Their end is the last "@" before the path.
std::string with_sound_userinfo(std::string_view text);

/// The same for a proxy's address, which has no path: the last "@" of all ends them.
std::string with_sound_proxy_userinfo(std::string_view text);

/// `text` without all that may be a user name and password, whether it is a URL or not: better too much
/// than a part of a password.
std::string without_userinfo(std::string_view text);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_USERINFO_H_
