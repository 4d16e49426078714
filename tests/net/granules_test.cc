#include <torchhub/net/detail/granules.h>

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

TEST(Granules, TellWhereTheFirstGapIs) {
  Granules granules(kTotal);
  EXPECT_EQ(granules.contiguous_end(0), 0U);
  granules.fill(2 * kGranuleBytes, kGranuleBytes + 100);
  EXPECT_EQ(granules.contiguous_end(0), 0U);
  EXPECT_EQ(granules.contiguous_end(2 * kGranuleBytes), kTotal);
  granules.fill(0, kGranuleBytes + 70);
  EXPECT_EQ(granules.contiguous_end(0), kGranuleBytes + 70);
  EXPECT_EQ(granules.contiguous_end(5), kGranuleBytes + 70);
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

}  // namespace
}  // namespace torchhub::net::detail
