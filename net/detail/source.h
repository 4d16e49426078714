#ifndef TORCHHUB_NET_DETAIL_SOURCE_H_
#define TORCHHUB_NET_DETAIL_SOURCE_H_
// One URL and where it leads: redirects are followed once and remembered. Asks it for a body, over a
// connection that is kept for the next request.

#include <torchhub/net/detail/client_state.h>
#include <torchhub/net/detail/granules.h>
#include <torchhub/net/download_options.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::net::detail {

/// The right to one of an origin's connections, given back when it ends.
class Lease {
 public:
  Lease() = default;
  Lease(std::shared_ptr<ClientState> client, OriginState& origin);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

  void release();

 private:
  std::shared_ptr<ClientState> client_;
  OriginState* origin_ = nullptr;
};

/// An answer: its connection stands at the first byte of the body.
struct Answer {
  Answer() = default;

  Lease lease;
  std::unique_ptr<Connection> connection;
  ResponseHead head;
  std::optional<Url> url;  ///< where it came from
  double latency = 0;      ///< seconds from the request to the head
};

/// Gives the connection of an answer that was read to its end to the next request; closes another.
void give_back(ClientState& client, Answer& answer);

class Source {
 public:
  /// `first` is asked for what the caller calls `meant`: the options' secrets are for `meant` alone.
  /// `order`: the downloads that began earlier get a free connection before this one.
  Source(std::shared_ptr<ClientState> client, Url meant, Url first, const DownloadOptions& options,
         std::uint64_t order, Time deadline);

  const Url& first() const { return first_; }
  /// Where redirects led, as far as they have been followed.
  const Url& now() const { return now_; }
  bool was_redirected() const { return was_redirected_; }
  OriginState& origin() { return client_->origin(now_); }

  /// Follows the redirects anew at the next request, at most twice a minute: a signed address may
  /// have expired. Returns whether it will.
  bool forget_redirects();

  /// Waits while the server wants to be left alone.
  boost::asio::awaitable<void> wait_for_pause();

  /// The answer to a GET, of `range` where there is one, redirects followed. `in_use` shows the
  /// connection while its answer is awaited, so that it can be closed. Throws net::Error.
  boost::asio::awaitable<Answer> ask(std::optional<Range> range, std::string if_range,
                                     Connection** in_use);

 private:
  boost::asio::awaitable<Lease> lease(OriginState& origin);
  boost::asio::awaitable<void> send(Answer& answer, std::vector<Header> headers,
                                    Connection** in_use);
  std::vector<Header> headers_for(const Url& url) const;

  std::shared_ptr<ClientState> client_;
  Url meant_;
  Url first_;
  Url now_;
  const DownloadOptions& options_;
  std::uint64_t order_;
  Time deadline_;
  bool was_redirected_ = false;
  Time forgotten_at_{};
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_SOURCE_H_
