#ifndef TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_LIMITS_H_
#define TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_LIMITS_H_
// What one scan may take, and how its verdicts begin.

#include <torchhub/archive/file_format.h>
#include <torchhub/archive/open_options.h>
#include <torchhub/archive/scan.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace torchhub::archive::detail {

inline constexpr int kMaxScanDepth = 3;

// What tells a pickle from other files.
inline constexpr std::uint64_t kScanHeadBytes = 4096;

// What is inflated in any case, and how much more than its compressed bytes beyond that.
inline constexpr std::uint64_t kInflatedAlways = std::uint64_t{2} << 20;

inline constexpr std::uint64_t kScanRatio = 64;

// What one scan may take in all, however its archives lie in one another.
struct ScanBudget {
  const OpenOptions& options;
  std::uint64_t inflated;  // bytes that may still be inflated
};

// Where bytes were found.
struct ScanPlace {
  int depth = 0;           // archives around them
  bool is_script = false;  // beside the code of a TorchScript archive, whose pickles C++ reads
};

inline Scan scan_of_other(FileFormat format) {
  Scan scan;
  scan.format = format;
  scan.is_other = true;
  scan.cause = ScanCause::unreadable;
  scan.reason = "it is " + std::string(describe(format));
  return scan;
}

inline Scan unreadable_scan(FileFormat format, std::string reason) {
  Scan scan;
  scan.format = format;
  scan.cause = ScanCause::unreadable;
  scan.reason = std::move(reason);
  return scan;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SCAN_SCAN_LIMITS_H_
