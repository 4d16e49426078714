#include <torchhub/cache/hash_prefix.h>
#include <torchhub/cache/sha256.h>

#include <algorithm>

namespace torchhub::cache {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::size_t kMaxHashDigits = 2 * Sha256::kBytes;

std::string lower_hex(std::string_view digits) {
  std::string lower(digits);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace

std::optional<std::string> hash_prefix_of_name(std::string_view name) {
  std::optional<std::string> found;
  for (std::size_t dash = name.find('-'); dash != name.npos; dash = name.find('-', dash + 1)) {
    const std::size_t end = name.find_first_not_of(kHexDigits, dash + 1);
    if (end == name.npos || name[end] != '.') continue;
    const std::size_t digits = end - dash - 1;
    if (digits >= kMinHashDigits && digits <= kMaxHashDigits)
      found = lower_hex(name.substr(dash + 1, digits));
  }
  return found;
}

boost::system::result<std::string> parse_hash_prefix(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxHashDigits ||
      digits.find_first_not_of(kHexDigits) != digits.npos) {
    return make_error_code(errc::bad_hash);
  }
  return lower_hex(digits);
}

}  // namespace torchhub::cache
