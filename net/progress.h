#ifndef TORCHHUB_NET_PROGRESS_H_
#define TORCHHUB_NET_PROGRESS_H_
// How far a download has come: what a net::Observer is told.

#include <cstdint>
#include <optional>

namespace torchhub::net {

enum class Phase {
  connecting,   ///< no answer yet
  downloading,  ///< bytes come
  waiting,      ///< the server asked for a pause, or an attempt failed
  verifying,    ///< all bytes are there, the digest is not
  done,
};

struct Progress {
  Progress() = default;

  Phase phase = Phase::connecting;
  std::uint64_t bytes = 0;             ///< there are, of the body
  std::uint64_t resumed_bytes = 0;     ///< of these, what an earlier download had brought
  std::optional<std::uint64_t> total;  ///< length of the body, where the server said it
  double bytes_per_second = 0;         ///< over about the last two seconds
  unsigned connections = 0;            ///< that are in use
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_PROGRESS_H_
