#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/sha256.h>
#include <torchhub/hub/detail/expected_content.h>
#include <torchhub/hub/error.h>
#include <torchhub/net/url.h>

namespace torchhub::detail {

bool ExpectedContent::is_whole() const { return prefix.size() == 2 * cache::Sha256::kBytes; }

bool ExpectedContent::fits(std::string_view sha256) const {
  return cache::begins_with_hash(sha256, prefix);
}

void ExpectedContent::throw_mismatch(const std::string& where, const std::string& sha256,
                                     std::uint64_t bytes) const {
  if (is_pinned) {
    throw Error(errc::pin_mismatch, where + ": the lock file pins the SHA-256 " + prefix +
                                        ", and this is " + sha256 + " (" + std::to_string(bytes) +
                                        " bytes)");
  }
  // torch.hub's text, which people search for, and what tells the cases apart.
  throw cache::Error(cache::errc::hash_mismatch, where + ": invalid hash value (expected \"" +
                                                     prefix + "\", got \"" + sha256 + "\"; " +
                                                     std::to_string(bytes) + " bytes received)");
}

ExpectedContent expected_content(const Context& context, std::string_view url,
                                 std::string_view asked) {
  ExpectedContent expected;
  if (!asked.empty()) {
    const auto prefix = cache::parse_hash_prefix(asked);
    if (!prefix) {
      throw cache::Error(prefix.error(),
                         "\"" + std::string(asked) + "\" is not a SHA-256 or the beginning of one");
    }
    expected.prefix = *prefix;
  }
  if (!context.lock_file()) return expected;
  const UrlPin* const pin = context.lock_file()->find_url(url);
  if (!pin) {
    if (!context.frozen()) return expected;
    throw Error(errc::not_pinned, net::redact_url(url) +
                                      ": not in the lock file, and nothing else may be used "
                                      "(torchhub lock adds it)");
  }
  if (!expected.fits(pin->sha256)) {
    throw Error(errc::pin_mismatch, net::redact_url(url) + ": the lock file pins the SHA-256 " +
                                        pin->sha256 + ", and " + expected.prefix +
                                        " was asked for");
  }
  expected.prefix = pin->sha256;
  expected.is_pinned = true;
  return expected;
}

}  // namespace torchhub::detail
