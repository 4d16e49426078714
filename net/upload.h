#ifndef TORCHHUB_NET_UPLOAD_H_
#define TORCHHUB_NET_UPLOAD_H_
// A file to a server that stores what it is sent: PUT (RFC 9110 section 9.3.4).
//
//   net::UploadBody body(bytes.size(), [&](std::uint64_t at, std::span<std::byte> piece) {
//     std::memcpy(piece.data(), bytes.data() + at, piece.size());
//   });
//   co_await net::async_upload(client, "http://cache.internal/cas/" + sha256, body);

#include <torchhub/net/client.h>
#include <torchhub/net/export.h>
#include <torchhub/net/response_head.h>
#include <torchhub/net/upload_body.h>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace torchhub::net {

/// Sends `body` in one PUT, once: no redirect is followed and nothing is tried again. Credentials in
/// the URL are sent as Basic. The client's time-outs bound each step, stall_timeout() each piece.
/// Throws: net::Error, errc_of_status() for an answer that is no success; what `body` throws.
/// Cancellation, thread safety: as async_download.
TORCHHUB_NET_EXPORT boost::asio::awaitable<ResponseHead> async_upload(Client& client,
                                                                      std::string url,
                                                                      UploadBody body);

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_UPLOAD_H_
