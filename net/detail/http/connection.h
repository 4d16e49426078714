#ifndef TORCHHUB_NET_DETAIL_HTTP_CONNECTION_H_
#define TORCHHUB_NET_DETAIL_HTTP_CONNECTION_H_
// HTTP/1.1 over a stream: one request after another. head_parser.h and chunk_decoder.h say what the bytes
// mean; a body of known length comes straight off the stream.

#include <torchhub/net/client_options.h>
#include <torchhub/net/detail/http/failure_at.h>
#include <torchhub/net/detail/stream/stream.h>
#include <torchhub/net/error.h>
#include <torchhub/net/response_head.h>
#include <torchhub/net/upload_body.h>
#include <torchhub/net/url.h>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace torchhub::net::detail {

/// "Basic ..." for "user:password" (RFC 7617).
std::string basic_authorization(const std::string& credentials);

/// Asks an HTTP proxy, to which `stream` leads, for a tunnel to `url`'s host. Throws net::Error.
boost::asio::awaitable<void> open_tunnel(Stream& stream, const Url& proxy, const Url& url);

class Connection {
 public:
  /// `via_proxy`: an HTTP proxy that forwards requests, if there is one.
  Connection(std::unique_ptr<Stream> stream, const ClientOptions& options,
             std::optional<Url> via_proxy);
  ~Connection();

  /// No operation lasts beyond it, whatever the client's time-outs are.
  void set_deadline(Time deadline);

  /// Sends a GET for `url` and reads the answer's head. Throws net::Error.
  boost::asio::awaitable<ResponseHead> get(Url url, std::vector<Header> headers);
  /// The same with a PUT of `body`. Throws also what the body throws.
  boost::asio::awaitable<ResponseHead> put(Url url, std::vector<Header> headers, UploadBody body);

  /// Reads the next piece of the body into `buffer`. Returns its length, 0 at the body's end.
  /// Throws net::Error.
  boost::asio::awaitable<std::size_t> read_body(std::span<std::byte> buffer);

  /// Whether the body has ended and another request may follow.
  bool is_reusable() const;
  /// Nothing is asked for the time being. The next request sets a time limit again.
  void rest();
  Time resting_since() const { return resting_since_; }
  /// Ends what is under way with operation_aborted; nothing more can be asked.
  void close();
  bool is_open() const;

 private:
  struct Exchange;
  boost::asio::awaitable<void> send_head(std::string method, std::vector<Header> headers);
  boost::asio::awaitable<void> send_body(const UploadBody& body);
  boost::asio::awaitable<ResponseHead> receive_head();
  boost::asio::awaitable<std::size_t> read_plain(std::span<std::byte> buffer);
  boost::asio::awaitable<std::size_t> read_measured(std::span<std::byte> buffer);
  boost::asio::awaitable<std::size_t> read_chunked(std::span<std::byte> buffer);
  boost::asio::awaitable<std::size_t> read_to_close(std::span<std::byte> buffer);
  void expire_after(std::chrono::steady_clock::duration timeout);

  std::unique_ptr<Stream> stream_;
  const ClientOptions& options_;
  std::optional<Url> via_proxy_;
  Time deadline_ = Time::max();
  Time resting_since_{};
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_HTTP_CONNECTION_H_
