#include <torchhub/cache/sha256.h>

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace torchhub::cache {

static_assert(sizeof(SHA256_CTX) <= 112 && std::is_trivially_copyable_v<SHA256_CTX>);

namespace {
SHA256_CTX* context_of(void* storage) { return static_cast<SHA256_CTX*>(storage); }
}  // namespace

Sha256::Sha256() noexcept : context_() { SHA256_Init(context_of(context_.data())); }

void Sha256::update(std::span<const std::byte> piece) noexcept {
  SHA256_Update(context_of(context_.data()), piece.data(), piece.size());
}

std::array<std::byte, Sha256::kBytes> Sha256::finish() noexcept {
  std::array<std::byte, kBytes> digest;
  SHA256_Final(reinterpret_cast<std::uint8_t*>(digest.data()), context_of(context_.data()));
  return digest;
}

bool Sha256::restore(std::span<const std::byte> midstate) noexcept {
  if (midstate.size() != kMidstateBytes) return false;
  SHA256_CTX context;
  std::memcpy(&context, midstate.data(), sizeof context);
  // The number of bytes in a block that is not full, and the size of what finish() will give.
  if (context.num >= SHA256_CBLOCK || context.md_len != kBytes) return false;
  std::copy(midstate.begin(), midstate.end(), context_.begin());
  return true;
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (std::byte byte : bytes) {
    hex += kDigits[std::to_integer<unsigned>(byte) >> 4];
    hex += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return hex;
}

}  // namespace torchhub::cache
