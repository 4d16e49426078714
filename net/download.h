#ifndef TORCHHUB_NET_DOWNLOAD_H_
#define TORCHHUB_NET_DOWNLOAD_H_
// One URL's body into a sink, digested on the way: in several ranges at once where the server and
// the sink allow it, and going on where an earlier attempt ended.
//
//   net::Client client(executor);
//   cache::PartFile part("model.pth");
//   net::Received got = co_await net::async_download(client, url, part, cache::Sha256());
//   if (got.digest != expected) co_return;    // nothing is published
//   part.publish();

#include <torchhub/net/client.h>
#include <torchhub/net/concepts.h>
#include <torchhub/net/detail/transfer/body.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/export.h>
#include <torchhub/net/received.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <string>
#include <utility>

namespace torchhub::net {

namespace detail {

TORCHHUB_NET_EXPORT boost::asio::awaitable<Received> download(Client& client, std::string url,
                                                              Body& body, DownloadOptions options);

}  // namespace detail

/// Downloads what `url` leads to, redirects followed, into `sink`.
///
/// Returns: length and digest of the body, once every byte of it was written.
/// Throws: net::Error with the status as its code for an answer other than 200 and 206;
///   errc::truncated for a body shorter than announced; errc::timed_out, errc::certificate_rejected
///   and the other codes of error.h; whatever `sink` throws. What may pass is tried again before.
/// A ResumableSink keeps what came, also when this throws, and the next download goes on with it.
/// Cancellation: through the coroutine's slot, within a second; operation_canceled is thrown.
/// Thread safety: may be awaited on any executor; `client` and `sink` must outlive it.
template <ByteSink Sink, Digest Hash>
boost::asio::awaitable<Received> async_download(Client& client, std::string url, Sink& sink,
                                                Hash digest,
                                                DownloadOptions options = DownloadOptions()) {
  detail::BodyOf<Sink, Hash> body(sink, digest);
  co_return co_await detail::download(client, std::move(url), body, std::move(options));
}

/// The same for a completion token: a callback void(std::exception_ptr, Received), a future, ...
/// Runs on the client's executor.
template <ByteSink Sink, Digest Hash,
          boost::asio::completion_token_for<void(std::exception_ptr, Received)> Token>
auto async_download(Client& client, std::string url, Sink& sink, Hash digest,
                    DownloadOptions options, Token&& token) {
  return boost::asio::co_spawn(
      client.executor(),
      async_download(client, std::move(url), sink, std::move(digest), std::move(options)),
      std::forward<Token>(token));
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_DOWNLOAD_H_
