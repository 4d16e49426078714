#ifndef TORCHHUB_NET_DETAIL_CLIENT_DIAL_H_
#define TORCHHUB_NET_DETAIL_CLIENT_DIAL_H_
// A new connection to where a URL's request goes: its server, or the proxy on the way.

#include <torchhub/net/detail/client/client_state.h>

namespace torchhub::net::detail {

/// Looks up, connects, passes the proxy, shakes hands. Throws net::Error.
boost::asio::awaitable<std::unique_ptr<Connection>> dial(ClientState& client, Url url,
                                                         Time deadline);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CLIENT_DIAL_H_
