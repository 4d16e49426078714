#ifndef TORCHHUB_NET_RECEIVED_H_
#define TORCHHUB_NET_RECEIVED_H_
// What a download tells when it is done.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torchhub::net {

/// What came of a download.
struct Received {
  Received() = default;

  std::string url;                  ///< where the body came from, after redirects
  std::uint64_t bytes = 0;          ///< length of the body
  std::vector<std::byte> digest;    ///< the Digest's result
  std::uint64_t resumed_bytes = 0;  ///< what an earlier download had brought
  unsigned connections = 0;         ///< the most that there were at once
  std::uint64_t reads = 0;          ///< pieces in which the body came off its connections
  unsigned requests = 0;            ///< for the body, redirects not counted
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_RECEIVED_H_
