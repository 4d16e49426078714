#ifndef TORCHHUB_TESTS_NET_FAILURE_MODES_H_
#define TORCHHUB_TESTS_NET_FAILURE_MODES_H_
// What servers, networks and disks do to a download, by the rows of the project's table of failure
// modes; the tests' numbers are the table's.
//
//   range_failures_test     0 to 11, 36, 37    ranges, lengths and bodies
//   answer_failures_test    12 to 25           statuses, redirects, encodings, certificates
//   local_failures_test     26 to 35           this side: disk, hashes, cancellation
//
// Elsewhere: 23 (proxies) in real_servers_test; 28 (kill -9) in tests/hub/killed_download_test; 29 (two
// processes) in tests/hub/shared_download_test; 24 (an HTML page under 200) is told apart by the
// expected hash, in tests/hub/download_test; 33 (a malformed hash) there too. 19 (a redirect to a
// private address) is the downloader configuration's to block. Not applicable: 22 (the resolver's next
// address is taken, but a refused handshake is tried again like any failure), 27 (EIO passes through
// as 26 does), 30 (one content under two names is the cache's affair), 31 (publication by rename:
// tests/cache/part_file_test), 34 (no wall clock is read but for dates in headers: retry_test), 38 (no
// file name is ever taken from a server).

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
