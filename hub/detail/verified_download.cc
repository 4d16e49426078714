#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/part_progress.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/cache/share_file.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/hub/detail/remote_cache_transfer.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/download.h>
#include <torchhub/net/url.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace torchhub::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{1000};
constexpr std::chrono::seconds kFirstWord{1};
constexpr std::chrono::seconds kBetweenWords{10};

// The part, or nothing while another process has it.
std::unique_ptr<cache::PartFile> try_open(const std::filesystem::path& target,
                                          cache::Durability durability) {
  try {
    return std::make_unique<cache::PartFile>(target, std::chrono::seconds(0), durability);
  } catch (const cache::Error& error) {
    if (error.code() != cache::errc::lock_timeout) throw;
    return nullptr;
  }
}

// Whom this process waits for, and how far that one is.
std::string waiting_text(const std::filesystem::path& target) {
  const std::optional<cache::PartProgress> progress = cache::progress_of_part(target);
  std::string text = "Waiting for ";
  text += progress && progress->owner ? "process " + std::to_string(*progress->owner)
                                      : "another process";
  text += ", which is downloading " + target.string();
  if (!progress) return text;
  constexpr std::uint64_t kMega = 1'000'000;
  text += " (" + std::to_string(progress->bytes / kMega);
  if (progress->total > 0) text += " of " + std::to_string(progress->total / kMega);
  return text + " MB)";
}

asio::awaitable<std::unique_ptr<cache::PartFile>> wait_for_part(const Context& context,
                                                                std::filesystem::path target,
                                                                cache::Durability durability,
                                                                steady_clock::duration patience) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto start = steady_clock::now();
  auto next_word = start + kFirstWord;
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    timer.expires_after(std::min<steady_clock::duration>(pause, patience));
    co_await timer.async_wait(asio::use_awaitable);
    std::unique_ptr<cache::PartFile> part = try_open(target, durability);
    if (part) co_return part;
    const auto now = steady_clock::now();
    if (now - start >= patience) {
      throw cache::Error(cache::errc::lock_timeout,
                         target.string() + ": another process still downloads this");
    }
    if (now >= next_word) {
      next_word = now + kBetweenWords;
      context.message(waiting_text(target));
    }
  }
}

net::DownloadOptions options_of(const DownloadToFileOptions& options,
                                const ExpectedContent& expected) {
  net::DownloadOptions result;
  result.observer(options.observer()).connections(options.connections()).resume(options.resume());
  result.max_bytes(options.max_bytes());
  if (options.deadline()) result.deadline(*options.deadline());
  for (const std::string& mirror : options.mirrors()) result.mirror(mirror);
  for (const net::Header& header : options.headers())
    result.secret_header(header.name, header.value);
  if (!expected.prefix.empty()) {
    result.accept_digest([expected](std::span<const std::byte> digest) {
      return expected.fits(cache::to_hex(digest));
    });
  }
  return result;
}

// The origin's headers and mirrors are not for the store.
net::DownloadOptions store_options(const DownloadToFileOptions& options) {
  net::DownloadOptions result;
  result.observer(options.observer()).connections(options.connections()).resume(options.resume());
  result.max_bytes(options.max_bytes());
  if (options.deadline()) result.deadline(*options.deadline());
  return result;
}

bool is_in_content_store(const Context& context, const std::string& sha256) {
  if (!context.content_store()) return false;
  const std::filesystem::path& root = context.content_store()->hub_dir();
  const std::filesystem::path blob = context.content_store()->blob(sha256);
  std::error_code absent;
  return !cache::foreign_link(root / "stamps", root) &&
         !cache::foreign_link(blob.parent_path(), root) &&
         std::filesystem::is_regular_file(blob, absent);
}

// Whether the target is there now, from this machine's store of contents. What is not what its name
// says, is removed.
bool take_from_content_store(const Context& context, const std::string& sha256,
                             const std::filesystem::path& target) {
  if (!is_in_content_store(context, sha256)) return false;
  const std::filesystem::path blob = context.content_store()->blob(sha256);
  if (cache::VerifiedFiles(context.content_store()->hub_dir() / "stamps").digest_of(blob) !=
      sha256) {
    context.message("warning: " + blob.string() + " is not what its name says; it is removed");
    std::filesystem::remove(blob);
    return false;
  }
  cache::share_file(blob, target);
  // A second name is a change of the file that was not one of its bytes.
  cache::VerifiedFiles(context.content_store()->hub_dir() / "stamps").remember(blob, sha256);
  return true;
}

void add_to_content_store(const Context& context, const std::string& sha256,
                          const std::filesystem::path& file) {
  if (!context.content_store() || is_in_content_store(context, sha256)) return;
  const std::filesystem::path blob = context.content_store()->blob(sha256);
  const std::filesystem::path& root = context.content_store()->hub_dir();
  try {
    cache::make_own_folders(root / "stamps", root);
    cache::make_own_folders(blob.parent_path(), root);
    cache::share_file(file, blob);
    cache::VerifiedFiles(context.content_store()->hub_dir() / "stamps").remember(blob, sha256);
  } catch (const cache::Error& error) {
    context.message("warning: the content store cannot be added to: " + std::string(error.what()));
  }
}

// What the remote cache has of the file, or that it wants it.
asio::awaitable<FromRemoteCache> ask_remote_cache(const Context& context,
                                                  const VerifiedDownload& wanted,
                                                  cache::PartFile& part) {
  FromRemoteCache nothing;
  if (!context.remote_cache() || !wanted.expected.is_whole()) co_return nothing;
  co_return co_await fetch_from_remote_cache(context, wanted.expected.prefix, part,
                                             store_options(wanted.options));
}

}  // namespace

void require_online(const Context& context, const std::string& missing) {
  if (!context.offline()) return;
  throw Error(errc::offline, missing + " is not in the cache " +
                                 context.paths().hub_dir().string() +
                                 ", and nothing may be fetched (TORCHHUB_OFFLINE, --offline)");
}

asio::awaitable<DownloadedFile> download_to(net::Client& client, const Context& context,
                                            VerifiedDownload wanted) {
  const auto start = steady_clock::now();
  const std::string& sha256 = wanted.expected.prefix;
  const bool is_stored = wanted.expected.is_whole() && is_in_content_store(context, sha256);
  if (!is_stored) require_online(context, net::redact_url(wanted.url));
  DownloadedFile file;
  file.url = wanted.url;
  file.path = wanted.target;
  // Whom a link leads to is the one that others make and wait for, too.
  wanted.target = cache::replaced_path(wanted.target);
  const cache::Durability durability = wanted.options.durability();
  std::unique_ptr<cache::PartFile> part = try_open(wanted.target, durability);
  const bool has_waited = !part;
  // The caller's time is for all of this: each step gets what the ones before it left.
  const auto spend_time = [&wanted, start, whole = wanted.options.deadline()] {
    if (!whole) return;
    const steady_clock::duration left = *whole - (steady_clock::now() - start);
    wanted.options.deadline(std::max(left, steady_clock::duration(0)));
  };
  if (!part) {
    const steady_clock::duration patience = cache::kDefaultLockPatience;
    part = co_await wait_for_part(context, wanted.target, durability,
                                  std::min(patience, wanted.options.deadline().value_or(patience)));
  }
  if (wanted.is_good_already(has_waited)) {
    file.bytes = std::filesystem::file_size(wanted.target);
    if (wanted.expected.is_whole()) file.sha256 = sha256;
    co_return file;
  }
  if (!wanted.options.force()) cache::require_writable(wanted.target);
  if (is_stored && take_from_content_store(context, sha256, wanted.target)) {
    part->discard();
    file.bytes = std::filesystem::file_size(wanted.target);
    file.sha256 = sha256;
    co_return file;
  }
  // Its blob may just have turned out to be wrong.
  require_online(context, net::redact_url(wanted.url));
  spend_time();
  FromRemoteCache stored = co_await ask_remote_cache(context, wanted, *part);
  if (!stored.received) {
    wanted.on_begin();
    spend_time();
    net::DownloadOptions options = options_of(wanted.options, wanted.expected);
    if (stored.answer == RemoteAnswer::wrong) options.resume(false);
    stored.received =
        co_await net::async_download(client, wanted.url, *part, cache::Sha256(), options);
  }
  const net::Received& received = *stored.received;
  file.bytes = received.bytes;
  file.sha256 = cache::to_hex(received.digest);
  file.connections = received.connections;
  file.resumed_bytes = received.resumed_bytes;
  if (!wanted.expected.fits(file.sha256)) {
    part->discard();
    wanted.expected.throw_mismatch(net::redact_url(wanted.url), file.sha256, file.bytes);
  }
  try {
    wanted.on_received(part->path());
  } catch (...) {
    part->discard();
    throw;
  }
  part->publish();
  part.reset();
  add_to_content_store(context, file.sha256, wanted.target);
  const bool is_wanted_there =
      stored.answer == RemoteAnswer::missing || stored.answer == RemoteAnswer::wrong;
  if (is_wanted_there) co_await offer_to_remote_cache(context, file.sha256, wanted.target);
  file.seconds = steady_clock::now() - start;
  co_return file;
}

}  // namespace torchhub::detail
