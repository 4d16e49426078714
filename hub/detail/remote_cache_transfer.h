#ifndef TORCHHUB_HUB_DETAIL_REMOTE_CACHE_TRANSFER_H_
#define TORCHHUB_HUB_DETAIL_REMOTE_CACHE_TRANSFER_H_
// Files from a RemoteCache and into it.

#include <torchhub/cache/part_file.h>
#include <torchhub/hub/context.h>
#include <torchhub/net/download_options.h>
#include <torchhub/net/received.h>

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace torchhub::detail {

enum class RemoteAnswer {
  brought,  ///< the part is complete, its digest is right
  missing,  ///< the store has no such file
  wrong,    ///< what it has is another file; the part must be filled anew
  failed,   ///< it was given up; what it brought of the part may be gone on with
};

struct FromRemoteCache {
  FromRemoteCache() = default;

  RemoteAnswer answer = RemoteAnswer::failed;
  std::optional<net::Received> received;
};

/// Fills `part` with the file whose SHA-256 is `sha256`. The store's failures are said to the
/// context, each kind once, and not thrown. Throws what `part` throws, and what a cancellation does.
boost::asio::awaitable<FromRemoteCache> fetch_from_remote_cache(const Context& context,
                                                                std::string sha256,
                                                                cache::PartFile& part,
                                                                net::DownloadOptions options);

/// Sends `file` to the store, which may fail: that is said once.
boost::asio::awaitable<void> offer_to_remote_cache(const Context& context, std::string sha256,
                                                   std::filesystem::path file);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_REMOTE_CACHE_TRANSFER_H_
