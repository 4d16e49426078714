#include <torchhub/archive/detail/scan/scan_bytes.h>
#include <torchhub/archive/detail/scan/scan_limits.h>
#include <torchhub/archive/scan.h>

namespace torchhub::archive {

std::string_view name_of(ScanCause cause) {
  switch (cause) {
    case ScanCause::none:
      return "";
    case ScanCause::code:
      return "code";
    case ScanCause::unreadable:
      return "unreadable";
  }
  return "";
}

Scan scan_checkpoint(std::span<const std::byte> bytes, const OpenOptions& options) {
  detail::ScanBudget budget{options, options.max_inflated_bytes()};
  return detail::scan_bytes(bytes, budget, {});
}

}  // namespace torchhub::archive
