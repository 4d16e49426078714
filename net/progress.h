#ifndef TORCHHUB_NET_PROGRESS_H_
#define TORCHHUB_NET_PROGRESS_H_
// How far a download has come: what a net::Observer is told.

#include <cstdint>
#include <optional>

namespace torchhub::net {

struct Progress {
  std::uint64_t bytes = 0;             ///< received of the body so far
  std::optional<std::uint64_t> total;  ///< length of the body, where the server said it
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_PROGRESS_H_
