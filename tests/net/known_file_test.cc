#include <torchhub/net/detail/transfer/known_file.h>

#include <gtest/gtest.h>

#include <array>

namespace torchhub::net::detail {
namespace {

KnownFile planned(std::uint64_t total, bool is_kept) {
  return Planned(Described(Entity()), Plan(Granules(total), true), is_kept);
}

void bring(KnownFile& file, std::uint64_t bytes) {
  Plan& plan = std::get<Planned>(file).plan;
  const auto now = Plan::Time();
  ASSERT_TRUE(plan.claim(0, now));
  plan.received(0, bytes, now);
  plan.commit(0, 0, bytes);
  plan.release(0);
}

TEST(KnownFile, IsThereWhereItIsCompleteAndDigested) {
  KnownFile file = planned(1000, true);
  EXPECT_FALSE(is_all_there(file, 0));
  EXPECT_FALSE(is_all_there(file, 1000));
  bring(file, 1000);
  EXPECT_FALSE(is_all_there(file, 999));
  EXPECT_TRUE(is_all_there(file, 1000));
}

TEST(KnownFile, IsThereWhereAStreamEndedAndIsDigested) {
  Streaming streaming{Described(Entity())};
  streaming.bytes = 70;
  EXPECT_FALSE(is_all_there(KnownFile(streaming), 70));
  const KnownFile file = Streamed(streaming);
  EXPECT_FALSE(is_all_there(file, 69));
  EXPECT_TRUE(is_all_there(file, 70));
  EXPECT_FALSE(is_all_there(Unopened(), 0));
}

TEST(KnownFile, CountsTheBytesThatAreThere) {
  EXPECT_EQ(bytes_there(Unopened()), 0U);
  KnownFile file = planned(1000, true);
  EXPECT_EQ(bytes_there(file), 0U);
  bring(file, 300);
  EXPECT_EQ(bytes_there(file), 300U);
  Streaming streaming{Described(Entity())};
  streaming.bytes = 70;
  EXPECT_EQ(bytes_there(KnownFile(streaming)), 70U);
  EXPECT_EQ(bytes_there(Streamed(streaming)), 70U);
}

TEST(KnownFile, BeginsAnewWhereWhatCameDoesNotStay) {
  EXPECT_FALSE(begins_anew_after_failure(Unopened()));
  EXPECT_FALSE(begins_anew_after_failure(planned(1000, true)));
  EXPECT_TRUE(begins_anew_after_failure(planned(1000, false)));
  const Streaming streaming{Described(Entity())};
  EXPECT_TRUE(begins_anew_after_failure(KnownFile(streaming)));
  EXPECT_FALSE(begins_anew_after_failure(Streamed(streaming)));
}

TEST(KnownFile, IsDescribedOnceItIsOpened) {
  EXPECT_EQ(described(Unopened()), nullptr);
  Described said{Entity()};
  said.coding = "gzip";
  Streaming streaming(said);
  const std::array<KnownFile, 3> files = {Planned(said, Plan(Granules(1), true), true), streaming,
                                          Streamed(streaming)};
  for (const KnownFile& file : files) {
    ASSERT_NE(described(file), nullptr);
    EXPECT_EQ(described(file)->coding, "gzip");
  }
}

}  // namespace
}  // namespace torchhub::net::detail
