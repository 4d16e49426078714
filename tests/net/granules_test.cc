#include <torchhub/net/detail/crc32c.h>
#include <torchhub/net/detail/plan/granules.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

constexpr std::uint64_t kTotal = 3 * kGranuleBytes + 100;

TEST(Granules, AreThereFromTheirFronts) {
  Granules granules(kTotal);
  EXPECT_EQ(granules.count(), 4U);
  EXPECT_EQ(granules.fill(kGranuleBytes, 50), 50U);
  EXPECT_EQ(granules.fill(kGranuleBytes + 60, 50), 0U) << "does not continue the front";
  EXPECT_EQ(granules.fill(0, kGranuleBytes + 10), kGranuleBytes) << "ten of them were there";
  EXPECT_EQ(granules.filled(), kGranuleBytes + 50);
}

TEST(Granules, AreCountedWithAShortLastOne) {
  EXPECT_EQ(Granules(0).count(), 0U);
  EXPECT_EQ(Granules(1).count(), 1U);
  EXPECT_EQ(Granules(kGranuleBytes).count(), 1U);
  EXPECT_EQ(Granules(kGranuleBytes + 1).count(), 2U);
  EXPECT_EQ(Granules(2 * kGranuleBytes).count(), 2U);
}

TEST(Granules, AreBegunWithTheirFirstByte) {
  Granules granules(kTotal);
  EXPECT_TRUE(granules.begun().empty());
  granules.fill(2 * kGranuleBytes, 1);
  EXPECT_EQ(granules.begun(), std::vector<std::size_t>{2});
  EXPECT_FALSE(granules.is_full(2));
}

// In pieces that overlap and that end in the midst of granules.
TEST(Granules, KnowTheCrcOfWhatIsThere) {
  std::vector<std::byte> bytes(kGranuleBytes + 10);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
  const std::span<const std::byte> all(bytes);
  Granules granules(kTotal);
  const auto write = [&](std::size_t begin, std::size_t size) {
    return granules.write(begin, all.subspan(begin, size), crc32c(all.subspan(begin, size)));
  };
  EXPECT_EQ(write(0, 100), 100U);
  EXPECT_EQ(granules.crc(0), crc32c(all.first(100)));
  EXPECT_EQ(write(50, 100), 50U);
  EXPECT_EQ(granules.crc(0), crc32c(all.first(150)));
  EXPECT_EQ(write(20, 30), 0U) << "nothing of it is new";
  EXPECT_EQ(write(150, kGranuleBytes - 140), kGranuleBytes - 140);
  EXPECT_EQ(granules.crc(0), crc32c(all.first(kGranuleBytes)));
  EXPECT_EQ(granules.crc(1), crc32c(all.subspan(kGranuleBytes)));
  granules.drop(0);
  EXPECT_EQ(granules.crc(0), 0U);
  EXPECT_EQ(granules.filled(), 10U);
}

TEST(Granules, TellWhereTheFirstGapIs) {
  Granules granules(kTotal);
  EXPECT_EQ(granules.contiguous_end(0), 0U);
  granules.fill(2 * kGranuleBytes, kGranuleBytes + 100);
  EXPECT_EQ(granules.contiguous_end(0), 0U);
  EXPECT_EQ(granules.contiguous_end(2 * kGranuleBytes), kTotal);
  granules.fill(0, kGranuleBytes + 70);
  EXPECT_EQ(granules.contiguous_end(0), kGranuleBytes + 70);
  EXPECT_EQ(granules.contiguous_end(5), kGranuleBytes + 70);
  EXPECT_EQ(granules.contiguous_end(kGranuleBytes + 90), kGranuleBytes + 90) << "in the gap";
  granules.fill(kGranuleBytes + 70, kGranuleBytes);
  EXPECT_EQ(granules.contiguous_end(0), kTotal);
  EXPECT_TRUE(granules.is_complete());
}

TEST(Granules, OpenAGapWhereOneIsDropped) {
  Granules granules(kTotal);
  granules.fill(0, kTotal);
  granules.drop(2);
  EXPECT_EQ(granules.contiguous_end(0), 2 * kGranuleBytes);
  EXPECT_EQ(granules.contiguous_end(3 * kGranuleBytes), kTotal);
  granules.drop(1);
  EXPECT_EQ(granules.contiguous_end(0), kGranuleBytes);
  granules.fill(2 * kGranuleBytes, kGranuleBytes);
  EXPECT_EQ(granules.contiguous_end(0), kGranuleBytes);
  granules.restore(1, kGranuleBytes, 7);
  EXPECT_EQ(granules.contiguous_end(0), kTotal);
}

TEST(Granules, CostWhatIsThereAndNotWhatIsClaimed) {
  // A table of all granules would not fit into any machine, and a walk through them would not end.
  for (const std::uint64_t total : {std::uint64_t{1} << 50, kMaxFileBytes, ~std::uint64_t{0}}) {
    Granules granules(total);
    EXPECT_EQ(granules.missing(), std::vector<Range>({{0, total}}));
    granules.fill(0, 5);
    const std::uint64_t far = total / 2 / kGranuleBytes * kGranuleBytes;
    granules.fill(far, kGranuleBytes);
    const std::uint64_t last = (total - 1) / kGranuleBytes * kGranuleBytes;
    granules.fill(last, kGranuleBytes);
    EXPECT_EQ(granules.filled(), 5 + kGranuleBytes + (total - last));
    EXPECT_EQ(granules.missing(), std::vector<Range>({{5, far}, {far + kGranuleBytes, last}}));
    EXPECT_EQ(granules.missing(Range{far - 7, far + kGranuleBytes + 7}),
              std::vector<Range>({{far - 7, far}, {far + kGranuleBytes, far + kGranuleBytes + 7}}));
    EXPECT_EQ(granules.begun().size(), 3u);
    EXPECT_EQ(granules.contiguous_end(0), 5u);
    EXPECT_EQ(granules.contiguous_end(last), total);
    EXPECT_FALSE(granules.is_complete());
  }
}

TEST(Granules, AreMissingPieceByPiece) {
  // Across several pages of the table.
  const std::uint64_t total = 3000 * kGranuleBytes + 17;
  Granules granules(total);
  for (std::size_t i = 0; i < granules.count(); i += 2) granules.fill(i * kGranuleBytes, 100);
  const std::vector<Range> missing = granules.missing();
  ASSERT_EQ(missing.size(), 1500u);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    EXPECT_EQ(missing[i].begin, 2 * i * kGranuleBytes + 100);
    EXPECT_EQ(missing[i].end, 2 * (i + 1) * kGranuleBytes);
  }
  granules.fill(0, total);
  for (std::size_t i = 0; i < granules.count(); ++i)
    granules.fill(granules.front(i), kGranuleBytes);
  EXPECT_TRUE(granules.is_complete());
  EXPECT_TRUE(granules.missing().empty());
}

}  // namespace
}  // namespace torchhub::net::detail
