#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/net/download.h>
#include <torchhub/net/url.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

namespace torchhub::detail {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{20};
constexpr std::chrono::milliseconds kLongestPause{1000};

bool is_file(const std::filesystem::path& path) {
  std::error_code absent;
  return std::filesystem::is_regular_file(path, absent);
}

std::string sha256_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> buffer(std::size_t{256} << 10);
  cache::Sha256 digest;
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    digest.update(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(file.gcount()))));
  }
  return cache::to_hex(digest.finish());
}

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

net::DownloadOptions options_of(const DownloadToFileOptions& options, const std::string& prefix) {
  net::DownloadOptions result;
  result.observer(options.observer()).connections(options.connections()).resume(options.resume());
  for (const std::string& mirror : options.mirrors()) result.mirror(mirror);
  for (const net::Header& header : options.headers())
    result.secret_header(header.name, header.value);
  if (!prefix.empty()) {
    result.accept_digest([prefix](std::span<const std::byte> digest) {
      return cache::begins_with_hash(cache::to_hex(digest), prefix);
    });
  }
  return result;
}

}  // namespace

std::string checked_hash_prefix(std::string_view digits) {
  if (digits.empty()) return "";
  const auto prefix = cache::parse_hash_prefix(digits);
  if (!prefix) {
    throw cache::Error(prefix.error(),
                       "\"" + std::string(digits) + "\" is not a SHA-256 or the beginning of one");
  }
  return *prefix;
}

asio::awaitable<DownloadedFile> download_to(net::Client& client, std::string url,
                                            std::filesystem::path target, std::string prefix,
                                            DownloadToFileOptions options, Existing existing,
                                            std::function<void()> on_begin) {
  const auto start = steady_clock::now();
  DownloadedFile file;
  file.url = url;
  file.path = target;
  std::unique_ptr<cache::PartFile> part = try_open(target, options.durability());
  const bool has_waited = !part;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (auto pause = kFirstPause; !part; pause = std::min(pause * 2, kLongestPause)) {
    if (steady_clock::now() - start >= cache::kDefaultLockPatience) {
      throw cache::Error(cache::errc::lock_timeout,
                         target.string() + ": another process still downloads this");
    }
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
    part = try_open(target, options.durability());
  }
  if (existing == Existing::keep && is_file(target)) {
    file.bytes = std::filesystem::file_size(target);
    co_return file;
  }
  if (has_waited && !prefix.empty() && is_file(target)) {
    file.sha256 = sha256_of(target);
    file.bytes = std::filesystem::file_size(target);
    if (cache::begins_with_hash(file.sha256, prefix)) co_return file;
  }
  if (on_begin) on_begin();
  const net::Received received = co_await net::async_download(client, url, *part, cache::Sha256(),
                                                              options_of(options, prefix));
  file.bytes = received.bytes;
  file.sha256 = cache::to_hex(received.digest);
  file.connections = received.connections;
  file.resumed_bytes = received.resumed_bytes;
  if (!cache::begins_with_hash(file.sha256, prefix)) {
    part->discard();
    // torch.hub's text, which people search for, and what tells the cases apart.
    throw cache::Error(cache::errc::hash_mismatch,
                       net::redact_url(url) + ": invalid hash value (expected \"" + prefix +
                           "\", got \"" + file.sha256 + "\"; " + std::to_string(file.bytes) +
                           " bytes received)");
  }
  part->publish();
  file.seconds = steady_clock::now() - start;
  co_return file;
}

}  // namespace torchhub::detail
