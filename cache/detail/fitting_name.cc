#include <torchhub/cache/detail/fitting_name.h>
#include <torchhub/cache/sha256.h>

#include <span>

namespace torchhub::cache::detail {

std::string fitting_name(std::string_view name, std::string_view suffix) {
  constexpr std::size_t kShortened = 64;
  constexpr std::size_t kDigits = 32;
  std::string fitting(name);
  if (name.size() + suffix.size() > kMaxNameBytes) {
    Sha256 digest;
    digest.update(std::as_bytes(std::span(name)));
    fitting = fitting.substr(0, kShortened) + '.' + to_hex(digest.finish()).substr(0, kDigits);
  }
  return fitting.append(suffix);
}

}  // namespace torchhub::cache::detail
