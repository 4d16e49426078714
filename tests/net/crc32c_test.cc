#include <torchhub/net/detail/crc32c.h>

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

namespace torchhub::net::detail {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// RFC 3720, appendix B.4, and the check value of CRC catalogues.
TEST(Crc32c, IsThatOfTheRfc) {
  std::vector<std::byte> ascending(32);
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<std::byte>(i);
  for (const auto crc_of : {crc32c, crc32c_by_table}) {
    EXPECT_EQ(crc_of(std::vector<std::byte>(32), 0), 0x8A9136AAU);
    EXPECT_EQ(crc_of(std::vector<std::byte>(32, std::byte{0xFF}), 0), 0x62A8AB43U);
    EXPECT_EQ(crc_of(ascending, 0), 0x46DD794EU);
    EXPECT_EQ(crc_of(bytes_of("123456789"), 0), 0xE3069283U);
    EXPECT_EQ(crc_of({}, 0), 0U);
  }
}

TEST(Crc32c, IsComputedTheWayThatWasChosen) {
#if defined(__x86_64__) && !defined(TORCHHUB_PORTABLE)
  EXPECT_EQ(has_crc32c_instruction(), __builtin_cpu_supports("sse4.2") != 0);
#else
  EXPECT_FALSE(has_crc32c_instruction());
#endif
}

TEST(Crc32c, IsTheSameInPiecesAndByTable) {
  std::minstd_rand random(7);
  std::vector<std::byte> bytes(1 << 16);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() & 0xFF);
  for (int i = 0; i < 200; ++i) {
    // Of any alignment and length.
    const std::size_t begin = random() % bytes.size();
    const auto all =
        std::span<const std::byte>(bytes).subspan(begin, random() % (bytes.size() - begin));
    const std::size_t cut = all.empty() ? 0 : random() % all.size();
    const std::uint32_t whole = crc32c(all);
    EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), whole);
    EXPECT_EQ(crc32c_by_table(all), whole);
  }
}

}  // namespace
}  // namespace torchhub::net::detail
