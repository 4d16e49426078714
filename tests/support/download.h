#ifndef TORCHHUB_TESTS_SUPPORT_DOWNLOAD_H_
#define TORCHHUB_TESTS_SUPPORT_DOWNLOAD_H_
// A download in one call.
//
//   const tests::Downloaded got = tests::download(server.url() + "/a");
//   EXPECT_EQ(got.body, content);

#include <torchhub/cache/sha256.h>
#include <torchhub/net/download.h>
#include <torchhub/net/memory_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>
#include <utility>

namespace torchhub::tests {

struct Downloaded {
  net::Received received;
  std::string body;
};

/// Runs a download of `url` into `sink` to its end; throws what it throws.
template <class Sink>
net::Received download_into(const std::string& url, Sink& sink,
                            const net::DownloadOptions& options = net::DownloadOptions(),
                            const net::ClientOptions& client_options = net::ClientOptions()) {
  boost::asio::io_context io;
  net::Client client(io.get_executor(), client_options);
  std::exception_ptr failure;
  net::Received received;
  const auto done = [&](std::exception_ptr thrown, net::Received got) {
    failure = std::move(thrown);
    received = std::move(got);
  };
  boost::asio::co_spawn(io, net::async_download(client, url, sink, cache::Sha256(), options), done);
  io.run();
  if (failure) std::rethrow_exception(failure);
  return received;
}

inline Downloaded download(const std::string& url,
                           const net::DownloadOptions& options = net::DownloadOptions(),
                           const net::ClientOptions& client_options = net::ClientOptions()) {
  net::MemorySink sink;
  Downloaded downloaded;
  downloaded.received = download_into(url, sink, options, client_options);
  downloaded.body = sink.text();
  return downloaded;
}

inline std::string sha256_of(const std::string& content) {
  cache::Sha256 digest;
  digest.update(std::as_bytes(std::span(content)));
  return cache::to_hex(digest.finish());
}

/// Options for a caller who knows that the content is to be `content`.
inline net::DownloadOptions knowing(const std::string& content) {
  return net::DownloadOptions().accept_digest(
      [expected = sha256_of(content)](std::span<const std::byte> digest) {
        return cache::to_hex(digest) == expected;
      });
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_DOWNLOAD_H_
