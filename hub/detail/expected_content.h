#ifndef TORCHHUB_HUB_DETAIL_EXPECTED_CONTENT_H_
#define TORCHHUB_HUB_DETAIL_EXPECTED_CONTENT_H_
// What a URL's content must be: by the caller's hash, by the lock file.

#include <torchhub/hub/context.h>

#include <string>
#include <string_view>

namespace torchhub::detail {

struct ExpectedContent {
  ExpectedContent() = default;

  std::string prefix;      ///< of the SHA-256, in lower case; "" for anything
  bool is_pinned = false;  ///< the lock file says so

  bool is_whole() const;  ///< the whole SHA-256 is known
  bool fits(std::string_view sha256) const;
  /// What to throw where `url` has brought or `path` holds something else.
  [[noreturn]] void throw_mismatch(const std::string& where, const std::string& sha256,
                                   std::uint64_t bytes) const;
};

/// `asked`: the caller's digits, "" for none.
/// Throws: cache::errc::bad_hash; errc::not_pinned; errc::pin_mismatch where caller and lock file
/// differ.
ExpectedContent expected_content(const Context& context, std::string_view url,
                                 std::string_view asked);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_EXPECTED_CONTENT_H_
