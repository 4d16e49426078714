#ifndef TORCHHUB_NET_NO_DIGEST_H_
#define TORCHHUB_NET_NO_DIGEST_H_
// The digest for a download that nobody wants digested. Models net::Digest.

#include <array>
#include <cstddef>
#include <span>

namespace torchhub::net {

struct NoDigest {
  NoDigest() = default;
  void update(std::span<const std::byte>) noexcept {}
  std::array<std::byte, 0> finish() noexcept { return {}; }
  std::array<std::byte, 0> midstate() const noexcept { return {}; }
  bool restore(std::span<const std::byte> midstate) noexcept { return midstate.empty(); }
};

}  // namespace torchhub::net

#endif  // TORCHHUB_NET_NO_DIGEST_H_
