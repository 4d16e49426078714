#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/detail/session.h>
#include <torchhub/hub/detail/verified_download.h>
#include <torchhub/net/download.h>
#include <torchhub/net/url.h>

namespace torchhub::detail {

std::string checked_hash_prefix(std::string_view digits) {
  if (digits.empty()) return "";
  const auto prefix = cache::parse_hash_prefix(digits);
  if (!prefix) {
    throw cache::Error(prefix.error(),
                       "\"" + std::string(digits) + "\" is not a SHA-256 or the beginning of one");
  }
  return *prefix;
}

DownloadedFile download_into(cache::PartFile& part, const std::string& url,
                             const std::string& prefix, const net::ObserverRef& observer,
                             const Context& context) {
  const auto start = std::chrono::steady_clock::now();
  Session session(context.client_options());
  net::DownloadOptions options;
  options.observer(observer);
  if (!prefix.empty()) {
    options.accept_digest([&](std::span<const std::byte> digest) {
      return cache::begins_with_hash(cache::to_hex(digest), prefix);
    });
  }
  const net::Received received =
      session.run(net::async_download(session.client(), url, part, cache::Sha256(), options));

  DownloadedFile file;
  file.url = url;
  file.path = part.target();
  file.bytes = received.bytes;
  file.sha256 = cache::to_hex(received.digest);
  file.connections = received.connections;
  file.resumed_bytes = received.resumed_bytes;
  if (!cache::begins_with_hash(file.sha256, prefix)) {
    part.discard();
    // torch.hub's text, which people search for, and what tells the cases apart.
    throw cache::Error(cache::errc::hash_mismatch,
                       net::redact_url(url) + ": invalid hash value (expected \"" + prefix +
                           "\", got \"" + file.sha256 + "\"; " + std::to_string(file.bytes) +
                           " bytes received)");
  }
  part.publish();
  file.seconds = std::chrono::steady_clock::now() - start;
  return file;
}

}  // namespace torchhub::detail
