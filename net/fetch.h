#ifndef TORCHHUB_NET_FETCH_H_
#define TORCHHUB_NET_FETCH_H_
// A small answer, whole and in memory, whatever its status: for APIs.
//
//   net::Answer answer = co_await net::async_fetch(client, "https://api.example.com/x");
//   if (answer.head.status == 404) co_return;

#include <torchhub/net/client.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/export.h>
#include <torchhub/net/response_head.h>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace torchhub::net {

struct Answer {
  Answer() = default;

  std::string url;  ///< where it came from, after redirects, fit to be shown
  ResponseHead head;
  std::string body;
};

/// The largest body async_fetch takes, unless DownloadOptions::max_bytes says less.
inline constexpr std::uint64_t kMaxAnswerBytes = 32u << 20;

/// The answer to a GET of `url`, redirects followed. A status that is not a success is no error
/// here. Throws, cancellation, thread safety: as async_download.
TORCHHUB_NET_EXPORT boost::asio::awaitable<Answer> async_fetch(
    Client& client, std::string url, DownloadOptions options = DownloadOptions());

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_FETCH_H_
