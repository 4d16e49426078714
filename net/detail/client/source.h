#ifndef TORCHHUB_NET_DETAIL_CLIENT_SOURCE_H_
#define TORCHHUB_NET_DETAIL_CLIENT_SOURCE_H_
// One URL and where it leads: redirects are followed once and remembered. Asks it for a body, over a
// connection that is kept for the next request.
//
// Where redirects end is a link, which may be signed and expire while several connections use it. They are
// numbered: one request asks the URL for a fresh one, the others wait for it, and what comes back from an
// older link counts for nothing.

#include <torchhub/net/detail/client/client_state.h>
#include <torchhub/net/detail/plan/granules.h>
#include <torchhub/net/detail/plan/least_rate.h>
#include <torchhub/net/detail/stream/signal.h>
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

/// An answer whose body is still to be read: its connection stands at the first byte of it.
struct OpenAnswer {
  OpenAnswer() = default;

  Lease lease;
  std::unique_ptr<Connection> connection;
  ResponseHead head;
  std::optional<Url> url;  ///< where it came from
  double latency = 0;      ///< seconds from the request to the head
  LeastRate least_rate;
  std::uint64_t link = 0;       ///< which of the source's links it came from
  bool was_redirected = false;  ///< whether that is another URL than the one that was asked first
};

/// Judges that reading `bytes` of the body took `waited`. Closes the connection and throws
/// errc::too_slow where it brings next to nothing.
void judge_rate(const ClientOptions& options, OpenAnswer& answer, std::size_t bytes,
                std::chrono::steady_clock::duration waited);

/// Gives the connection of an answer that was read to its end to the next request; closes another.
void give_back(ClientState& client, OpenAnswer& answer);

class Source {
 public:
  /// `first` is asked for what the caller calls `meant`: the options' secrets are for `meant` alone.
  /// `order`: the downloads that began earlier get a free connection before this one.
  Source(std::shared_ptr<ClientState> client, Url meant, Url first, const DownloadOptions& options,
         std::uint64_t order, Time deadline);

  const Url& first() const { return first_; }
  /// What is known of the server where redirects led, as far as they have been followed.
  OriginState& origin() { return client_->origin(current_); }

  /// `link` was refused, which may have expired: the next request follows the redirects anew, unless
  /// there is a newer link already. False where that is no use: it has been tried, and the fresh link
  /// brought nothing.
  bool refresh(std::uint64_t link);

  /// Waits while the server wants to be left alone.
  boost::asio::awaitable<void> wait_for_pause();

  /// The answer to a GET, of `range` where there is one, redirects followed. `in_use` shows the
  /// connection while its answer is awaited, so that it can be closed. Throws net::Error.
  boost::asio::awaitable<OpenAnswer> ask(std::optional<Range> range, std::string if_range,
                                         Connection** in_use);

 private:
  boost::asio::awaitable<Lease> lease(OriginState& origin);
  std::string credentials_for(const Url& url) const;
  boost::asio::awaitable<void> send(OpenAnswer& answer, std::vector<Header> headers,
                                    Connection** in_use);
  std::vector<Header> headers_for(const Url& url, std::optional<Range> range,
                                  const std::string& if_range) const;
  Url redirected_to(const OpenAnswer& answer, unsigned redirects) const;

  std::shared_ptr<ClientState> client_;
  Url meant_;
  Url first_;
  Url current_;
  const DownloadOptions& options_;
  std::uint64_t order_;
  Time deadline_;
  bool was_redirected_ = false;
  bool is_followed_ = false;   // current_ is where the redirects end
  bool is_following_ = false;  // a request is finding that out
  std::uint64_t link_ = 0;
  bool has_link_worked_ = false;
  unsigned useless_links_ = 0;  // in a row
  Signal followed_;             // the request that was following the redirects has ended
};

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CLIENT_SOURCE_H_
