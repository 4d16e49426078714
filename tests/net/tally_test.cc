#include <torchhub/net/detail/transfer/tally.h>

#include <gtest/gtest.h>

namespace torchhub::net::detail {
namespace {

using std::chrono::milliseconds;

const Tally::Time kStart = Tally::Time() + std::chrono::hours(1);

Phase phase_of(Tally& tally, Extent extent) { return tally.report(extent, 1, kStart).phase; }

TEST(Tally, TellsHowFarADownloadIs) {
  Tally tally(kStart);
  EXPECT_EQ(phase_of(tally, Extent{0, std::nullopt}), Phase::connecting);
  tally.add_bytes(10, kStart);
  EXPECT_EQ(phase_of(tally, Extent{10, std::nullopt}), Phase::downloading);
  EXPECT_EQ(phase_of(tally, Extent{10, 20}), Phase::downloading);
  tally.is_waiting = true;
  EXPECT_EQ(phase_of(tally, Extent{10, 20}), Phase::waiting);
  EXPECT_EQ(phase_of(tally, Extent{20, 20}), Phase::verifying);
  EXPECT_EQ(phase_of(tally, Extent{0, std::nullopt}), Phase::waiting);
}

TEST(Tally, TellsWhatItCounted) {
  Tally tally(kStart);
  tally.resumed_bytes = 5;
  tally.add_bytes(1000, kStart + milliseconds(500));
  const Progress progress = tally.report(Extent{1005, 9000}, 3, kStart + milliseconds(1000));
  EXPECT_EQ(progress.bytes, 1005U);
  EXPECT_EQ(progress.total, 9000U);
  EXPECT_EQ(progress.resumed_bytes, 5U);
  EXPECT_EQ(progress.connections, 3U);
  EXPECT_GT(progress.bytes_per_second, 500);
  EXPECT_LT(progress.bytes_per_second, 2000);
  const Progress last = tally.last_report(9000, 2, kStart + milliseconds(2000));
  EXPECT_EQ(last.phase, Phase::done);
  EXPECT_EQ(last.bytes, 9000U);
  EXPECT_EQ(last.total, 9000U);
}

TEST(Tally, ReportsTenTimesASecondAtMost) {
  Tally tally(kStart);
  EXPECT_TRUE(tally.is_report_due(kStart));
  tally.report(Extent{0, std::nullopt}, 1, kStart);
  EXPECT_FALSE(tally.is_report_due(kStart + milliseconds(99)));
  EXPECT_TRUE(tally.is_report_due(kStart + milliseconds(100)));
}

TEST(Tally, HasTheResult) {
  Tally tally(kStart);
  tally.final_url = "http://a/b";
  tally.resumed_bytes = 1;
  tally.most_connections = 2;
  tally.requests = 3;
  tally.reads = 4;
  const Received result = tally.result(5, {std::byte{6}});
  EXPECT_EQ(result.url, "http://a/b");
  EXPECT_EQ(result.resumed_bytes, 1U);
  EXPECT_EQ(result.connections, 2U);
  EXPECT_EQ(result.requests, 3U);
  EXPECT_EQ(result.reads, 4U);
  EXPECT_EQ(result.bytes, 5U);
  EXPECT_EQ(result.digest, std::vector<std::byte>{std::byte{6}});
}

}  // namespace
}  // namespace torchhub::net::detail
