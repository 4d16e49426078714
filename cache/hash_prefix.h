#ifndef TORCHHUB_CACHE_HASH_PREFIX_H_
#define TORCHHUB_CACHE_HASH_PREFIX_H_
// The beginning of a SHA-256, as file names carry it: resnet18-f37072fd.pth.
//
//   auto expected = cache::hash_prefix_of_name("resnet18-f37072fd.pth");   // "f37072fd"
//   if (!cache::begins_with_hash(digest_hex, *expected)) ...
//
// Pure. Source: torch.hub's `name-<sha256>.ext` convention, which asks for at least 8 digits. Where
// torch.hub takes the first `-<hex>.` part (so that "v-1.0-abcdef12.pt" is checked against "1"),
// the last one of 8 digits or more counts here, and upper-case digits count too.

#include <torchhub/cache/error.h>
#include <torchhub/cache/export.h>

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace torchhub::cache {

/// Digits fewer than these say too little to be a check.
inline constexpr std::size_t kMinHashDigits = 8;

/// The last `-<hex>.` part of `name` with 8 to 64 digits, in lower case; nothing if there is none.
TORCHHUB_CACHE_EXPORT std::optional<std::string> hash_prefix_of_name(std::string_view name);

/// `digits` in lower case, or errc::bad_hash unless it is 1 to 64 hexadecimal digits.
TORCHHUB_CACHE_EXPORT boost::system::result<std::string> parse_hash_prefix(std::string_view digits);

/// Whether `digest_hex`, a whole SHA-256 in lower case, begins with `prefix`.
inline bool begins_with_hash(std::string_view digest_hex, std::string_view prefix) {
  return digest_hex.substr(0, prefix.size()) == prefix;
}

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_HASH_PREFIX_H_
