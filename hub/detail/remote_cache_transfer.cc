#include <torchhub/cache/sha256.h>
#include <torchhub/hub/detail/remote_cache_transfer.h>
#include <torchhub/net/download.h>
#include <torchhub/net/error.h>
#include <torchhub/net/upload.h>
#include <torchhub/net/url.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <fstream>
#include <utility>

namespace torchhub::detail {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kLookBeat{500};

net::ClientOptions client_options(const Context& context) {
  const RemoteCache::Patience& patience = context.remote_cache()->patience();
  return net::ClientOptions(context.client_options())
      .connect_timeout(patience.connect)
      .header_timeout(patience.answer)
      .stall_timeout(patience.window);
}

// Counts what moves, and passes on all but the end: that is the caller's to tell.
class Moved {
 public:
  explicit Moved(net::ObserverRef observer) : observer_(observer) {}

  void on_progress(const net::Progress& progress) noexcept {
    bytes = progress.bytes - progress.resumed_bytes;
    if (progress.phase == net::Phase::done || progress.phase == net::Phase::verifying) {
      has_all = true;
    } else {
      observer_.on_progress(progress);
    }
  }

  std::uint64_t bytes = 0;
  bool has_all = false;

 private:
  net::ObserverRef observer_;
};

// A limit that the user set is nobody's slowness.
RemoteCache::Patience patience_of(const Context& context) {
  RemoteCache::Patience patience = context.remote_cache()->patience();
  const std::uint64_t limit = context.client_options().rate_limit();
  if (limit > 0) patience.bytes_per_second = std::min(patience.bytes_per_second, limit / 4);
  return patience;
}

// Returns when less than the least rate has moved over a window.
asio::awaitable<void> until_slow(const Moved& moved, RemoteCache::Patience patience) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const double least = static_cast<double>(patience.bytes_per_second) *
                       std::chrono::duration<double>(patience.window).count();
  std::uint64_t before = 0;
  for (auto since = std::chrono::steady_clock::now();;) {
    timer.expires_after(kLookBeat);
    co_await timer.async_wait(asio::use_awaitable);
    if (std::chrono::steady_clock::now() - since < patience.window) continue;
    if (!moved.has_all && static_cast<double>(moved.bytes - before) < least) co_return;
    before = moved.bytes;
    since = std::chrono::steady_clock::now();
  }
}

struct Raced {
  Raced() = default;
  std::exception_ptr failure;
  bool was_slow = false;
};

// Runs `work` until it ends, or until it is too slow.
asio::awaitable<Raced> race(asio::awaitable<void> work, const Moved& moved,
                            RemoteCache::Patience patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto [order, failure, watch_failure] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, std::move(work), asio::deferred),
          asio::co_spawn(executor, until_slow(moved, patience), asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  Raced raced;
  raced.failure = failure;
  raced.was_slow = order[0] == 1 && !watch_failure;
  co_return raced;
}

asio::awaitable<void> download(const Context& context, std::string url, cache::PartFile& part,
                               net::DownloadOptions options, net::Received& received) {
  net::Client client(co_await asio::this_coro::executor, client_options(context));
  received = co_await net::async_download(client, url, part, cache::Sha256(), options);
}

asio::awaitable<void> upload(const Context& context, std::string url, std::filesystem::path file,
                             Moved& moved) {
  net::Client client(co_await asio::this_coro::executor, client_options(context));
  const std::uint64_t bytes = std::filesystem::file_size(file);
  std::ifstream stream(file, std::ios::binary);
  const auto read_at = [&](std::uint64_t offset, std::span<std::byte> piece) {
    stream.read(reinterpret_cast<char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    if (!stream)
      throw cache::Error(cache::errc::part_changed,
                         file.string() + ": became shorter or unreadable");
    moved.bytes = offset + piece.size();
    moved.has_all = moved.bytes == bytes;
  };
  net::UploadBody body(bytes, read_at);
  co_await net::async_upload(client, url, std::move(body));
}

std::string what(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

asio::awaitable<FromRemoteCache> fetch_from_remote_cache(const Context& context, std::string sha256,
                                                         cache::PartFile& part,
                                                         net::DownloadOptions options) {
  FromRemoteCache result;
  RemoteCache& store = *context.remote_cache();
  if (!store.is_readable()) co_return result;
  const net::ObserverRef observer = options.observer();
  Moved moved(observer);
  options.observer(moved).attempts(1).accept_digest(
      [sha256](std::span<const std::byte> found) { return cache::to_hex(found) == sha256; });
  const std::string url = store.url_of(sha256);
  net::Received received;
  const Raced raced =
      co_await race(download(context, url, part, options, received), moved, patience_of(context));
  if (raced.was_slow) {
    if (store.give_up_reading()) {
      context.message("warning: the remote cache " + net::redact_url(store.url()) +
                      " is slow and not used any more");
    }
    co_return result;
  }
  if (raced.failure) {
    try {
      std::rethrow_exception(raced.failure);
    } catch (const net::Error& error) {
      if (error.code() == boost::system::errc::operation_canceled) throw;
      if (error.code() == net::errc_of_status(404)) {
        result.answer = RemoteAnswer::missing;
      } else if (store.give_up_reading()) {
        context.message("warning: the remote cache is not used any more: " +
                        std::string(error.what()));
      }
    }
    co_return result;
  }
  if (cache::to_hex(received.digest) != sha256) {
    context.message("warning: " + net::redact_url(url) + " has the SHA-256 " +
                    cache::to_hex(received.digest) + "; it is not used, and replaced");
    result.answer = RemoteAnswer::wrong;
    co_return result;
  }
  result.answer = RemoteAnswer::brought;
  net::Progress done;
  done.phase = net::Phase::done;
  done.bytes = received.bytes;
  done.total = received.bytes;
  done.resumed_bytes = received.resumed_bytes;
  observer.on_progress(done);
  result.received = std::move(received);
  co_return result;
}

asio::awaitable<void> offer_to_remote_cache(const Context& context, std::string sha256,
                                            std::filesystem::path file) {
  RemoteCache& store = *context.remote_cache();
  if (!store.is_writable()) co_return;
  Moved moved{net::ObserverRef()};
  const Raced raced = co_await race(upload(context, store.url_of(sha256), std::move(file), moved),
                                    moved, patience_of(context));
  if (!raced.was_slow && !raced.failure) co_return;
  const std::string why =
      raced.was_slow ? net::redact_url(store.url()) + ": it is slow" : what(raced.failure);
  if (store.give_up_writing())
    context.message("warning: the remote cache cannot be added to: " + why);
}

}  // namespace torchhub::detail
