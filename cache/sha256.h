#ifndef TORCHHUB_CACHE_SHA256_H_
#define TORCHHUB_CACHE_SHA256_H_
// SHA-256 (FIPS 180-4) of bytes that come in pieces. Models net::Digest.
//
//   cache::Sha256 digest;
//   digest.update(piece);
//   std::string hex = cache::to_hex(digest.finish());
//
// Thread safety: distinct objects may be used at once.

#include <torchhub/cache/export.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace torchhub::cache {

class TORCHHUB_CACHE_EXPORT Sha256 {
 public:
  static constexpr std::size_t kBytes = 32;

  Sha256() noexcept;

  /// Appends `piece` to the message.
  void update(std::span<const std::byte> piece) noexcept;

  /// The digest of all that was appended. Call it once; only restore() may follow.
  std::array<std::byte, kBytes> finish() noexcept;

  static constexpr std::size_t kMidstateBytes = 112;

  /// All that is known of what was appended. It means something on this kind of machine only.
  std::array<std::byte, kMidstateBytes> midstate() const noexcept { return context_; }
  /// Goes back to where `midstate` was taken. False for bytes that cannot be one.
  bool restore(std::span<const std::byte> midstate) noexcept;

 private:
  // BoringSSL's SHA256_CTX, a plain struct, kept out of this header.
  alignas(std::uint64_t) std::array<std::byte, kMidstateBytes> context_;
};

/// Lower-case hexadecimal, two digits a byte.
TORCHHUB_CACHE_EXPORT std::string to_hex(std::span<const std::byte> bytes);

}  // namespace torchhub::cache

#endif  // TORCHHUB_CACHE_SHA256_H_
