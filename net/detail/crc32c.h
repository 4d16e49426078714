#ifndef TORCHHUB_NET_DETAIL_CRC32C_H_
#define TORCHHUB_NET_DETAIL_CRC32C_H_
// CRC-32C (Castagnoli's polynomial, RFC 3720 appendix B.4): a check of what a disk or a program
// spoils, which x86 processors compute faster than memory brings the bytes. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace torchhub::net::detail {

/// The CRC-32C of `bytes`, behind those whose CRC-32C is `crc`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

/// Whether crc32c() computes by an instruction: on x86-64 that has it, unless TORCHHUB_PORTABLE is defined.
bool has_crc32c_instruction();

/// The same by tables, where the processor has no instruction for it.
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace torchhub::net::detail

#endif  // TORCHHUB_NET_DETAIL_CRC32C_H_
