#include <torchhub/net/detail/crc32c.h>

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && !defined(TORCHHUB_PORTABLE)
#include <nmmintrin.h>
#define TORCHHUB_CRC32C_BY_INSTRUCTION
#endif

namespace torchhub::net::detail {
namespace {

using Table = std::array<std::uint32_t, 256>;

// tables[n][byte]: what the byte makes of the CRC with n bytes of zero behind it.
constexpr std::array<Table, 8> make_tables() {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t zeros = 1; zeros < tables.size(); ++zeros) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t shorter = tables[zeros - 1][byte];
      tables[zeros][byte] = (shorter >> 8) ^ tables[0][shorter & 0xFF];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> kTables = make_tables();

std::uint64_t load_little_endian(std::span<const std::byte> bytes) {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    return word;
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < sizeof word; ++i)
    word |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return word;
}

#ifdef TORCHHUB_CRC32C_BY_INSTRUCTION
// The instruction can begin three times before it has ended once: three lanes side by side.
constexpr std::size_t kLaneBytes = 1024;

// kAcrossLane[n][byte]: what byte n of the state becomes behind a lane of zeros.
constexpr std::array<Table, 4> make_lane_tables() {
  std::array<Table, 4> tables{};
  for (std::size_t bit = 0; bit < 32; ++bit) {
    std::uint32_t state = std::uint32_t{1} << bit;
    for (std::size_t i = 0; i < kLaneBytes; ++i) state = (state >> 8) ^ kTables[0][state & 0xFF];
    Table& table = tables[bit / 8];
    for (std::size_t byte = 0; byte < 256; ++byte) {
      if ((byte >> bit % 8 & 1) != 0) table[byte] ^= state;
    }
  }
  return tables;
}

constexpr std::array<Table, 4> kAcrossLane = make_lane_tables();

std::uint64_t across_lane(std::uint64_t state) {
  std::uint64_t across = 0;
  for (std::size_t i = 0; i < 4; ++i) across ^= kAcrossLane[i][(state >> (8 * i)) & 0xFF];
  return across;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(
    std::span<const std::byte> bytes, std::uint32_t crc) {
  std::uint64_t state = ~crc;
  for (; bytes.size() >= 3 * kLaneBytes; bytes = bytes.subspan(3 * kLaneBytes)) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kLaneBytes; i += 8) {
      state = _mm_crc32_u64(state, load_little_endian(bytes.subspan(i)));
      second = _mm_crc32_u64(second, load_little_endian(bytes.subspan(kLaneBytes + i)));
      third = _mm_crc32_u64(third, load_little_endian(bytes.subspan(2 * kLaneBytes + i)));
    }
    state = across_lane(across_lane(state) ^ second) ^ third;
  }
  for (; bytes.size() >= 8; bytes = bytes.subspan(8))
    state = _mm_crc32_u64(state, load_little_endian(bytes));
  auto last = static_cast<std::uint32_t>(state);
  for (const std::byte byte : bytes) last = _mm_crc32_u8(last, std::to_integer<std::uint8_t>(byte));
  return ~last;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t crc) {
  std::uint32_t state = ~crc;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint64_t word = load_little_endian(bytes) ^ state;
    state = 0;
    for (std::size_t i = 0; i < 8; ++i) state ^= kTables[7 - i][(word >> (8 * i)) & 0xFF];
  }
  for (const std::byte byte : bytes)
    state = (state >> 8) ^ kTables[0][(state ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
  return ~state;
}

bool has_crc32c_instruction() {
#ifdef TORCHHUB_CRC32C_BY_INSTRUCTION
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  return has_instruction;
#else
  return false;
#endif
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc) {
#ifdef TORCHHUB_CRC32C_BY_INSTRUCTION
  if (has_crc32c_instruction()) return crc32c_by_instruction(bytes, crc);
#endif
  return crc32c_by_table(bytes, crc);
}

}  // namespace torchhub::net::detail
