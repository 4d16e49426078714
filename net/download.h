#ifndef TORCHHUB_NET_DOWNLOAD_H_
#define TORCHHUB_NET_DOWNLOAD_H_
// One URL's body into a sink, digested on the way.
//
//   net::Client client(executor);
//   cache::PartFile part("model.pth");
//   net::Received got = co_await net::async_download(client, url, part, cache::Sha256());
//   if (got.digest != expected) ...            // nothing is published yet
//   part.publish();

#include <torchhub/net/client.h>
#include <torchhub/net/concepts.h>
#include <torchhub/net/download_options.h>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::net {

/// What came of a download.
struct Received {
  Received() = default;

  std::string url;                ///< where the body came from, after redirects
  std::uint64_t bytes = 0;        ///< length of the body
  std::vector<std::byte> digest;  ///< the Digest's result
};

namespace detail {

/// A borrowed ByteSink and Digest of any type, so that the engine is compiled once.
class BodyConsumer {
 public:
  template <ByteSink Sink, Digest Digest>
  BodyConsumer(Sink& sink, Digest& digest)
      : sink_(&sink),
        digest_(&digest),
        size_hint_([](void* object, std::uint64_t bytes) {
          static_cast<Sink*>(object)->size_hint(bytes);
        }),
        write_at_([](void* object, std::uint64_t offset, std::span<const std::byte> bytes) {
          static_cast<Sink*>(object)->write_at(offset, bytes);
        }),
        update_([](void* object, std::span<const std::byte> bytes) {
          static_cast<Digest*>(object)->update(bytes);
        }) {}

  void size_hint(std::uint64_t bytes) const { size_hint_(sink_, bytes); }
  void consume(std::uint64_t offset, std::span<const std::byte> bytes) const {
    update_(digest_, bytes);
    write_at_(sink_, offset, bytes);
  }

 private:
  void* sink_;
  void* digest_;
  void (*size_hint_)(void*, std::uint64_t);
  void (*write_at_)(void*, std::uint64_t, std::span<const std::byte>);
  void (*update_)(void*, std::span<const std::byte>);
};

boost::asio::awaitable<Received> download(Client& client, std::string url, BodyConsumer consumer,
                                          DownloadOptions options);

}  // namespace detail

/// Downloads what `url` leads to, redirects followed, into `sink`.
///
/// Returns: length and digest of the body, once every byte of it was written.
/// Throws: net::Error with the status as its code for an answer other than 200; errc::truncated for
/// a
///   body shorter than announced; errc::timed_out, errc::certificate_rejected and the other codes
///   of error.h; whatever `sink` throws.
/// Cancellation: through the coroutine's slot, at the next byte; operation_canceled is thrown.
/// Thread safety: runs on the executor that awaits it; `client` and `sink` must outlive it.
template <ByteSink Sink, Digest Digest>
boost::asio::awaitable<Received> async_download(Client& client, std::string url, Sink& sink,
                                                Digest digest,
                                                DownloadOptions options = DownloadOptions()) {
  detail::BodyConsumer consumer(sink, digest);
  Received received =
      co_await detail::download(client, std::move(url), consumer, std::move(options));
  const auto finished = digest.finish();
  received.digest.assign(finished.begin(), finished.end());
  co_return received;
}

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_DOWNLOAD_H_
