#ifndef TORCHHUB_NET_DETAIL_CONNECTION_H_
#define TORCHHUB_NET_DETAIL_CONNECTION_H_
// One connection to one origin and the request on it. connection.cc alone sees Beast.

#include <torchhub/net/client.h>
#include <torchhub/net/response_head.h>
#include <torchhub/net/url.h>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace torchhub::net::detail {

/// The moment a download must be over by, if any.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

class Connection {
 public:
  virtual ~Connection() = default;

  /// Connects to `url`'s origin, with TLS where its scheme says so. `client` must outlive the
  /// connection.
  static boost::asio::awaitable<std::unique_ptr<Connection>> open(Client& client, Url url,
                                                                  Deadline deadline);

  /// Sends a GET for the URL the connection was opened with and reads the answer's head. Once.
  virtual boost::asio::awaitable<ResponseHead> get(std::vector<Header> headers) = 0;

  /// Reads the next piece of the body into `buffer`. Returns its length, 0 at the body's end.
  virtual boost::asio::awaitable<std::size_t> read_body(std::span<std::byte> buffer) = 0;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CONNECTION_H_
