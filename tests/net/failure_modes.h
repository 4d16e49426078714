#ifndef TORCHHUB_TESTS_NET_FAILURE_MODES_H_
#define TORCHHUB_TESTS_NET_FAILURE_MODES_H_
// What servers, networks and disks do to a download, row by row of the table in README.md; the tests' numbers
// are the table's.
//
//   range_failures_test     0 to 11, 36, 37    ranges, lengths and bodies
//   answer_failures_test    12 to 25           statuses, redirects, encodings, certificates
//   local_failures_test     26 to 35           this side: disk, hashes, cancellation

#include <torchhub/tests/support/fault_server.h>

#include <string>

namespace torchhub::tests {

inline constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Several spans long.
inline const std::string& large() {
  static const std::string content = pattern(40 * kMiB + 12345);
  return content;
}

/// One answer long.
inline const std::string& small() {
  static const std::string content = pattern(300'000);
  return content;
}

/// Bytes that were sent more than once, as a share of the file.
inline double waste(const FaultServer& server, const std::string& content) {
  return static_cast<double>(server.sent()) / static_cast<double>(content.size()) - 1;
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_NET_FAILURE_MODES_H_
