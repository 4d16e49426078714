#include <torchhub/hub/cli/progress_display.h>

#include <gtest/gtest.h>

namespace torchhub::cli {
namespace {

TEST(ProgressDisplay, TellsWhatIsKnown) {
  net::Progress progress;
  progress.phase = net::Phase::downloading;
  progress.bytes = 2'900'000'000;
  progress.total = 4'700'000'000;
  progress.bytes_per_second = 411e6;
  progress.connections = 4;
  EXPECT_EQ(progress_text(progress), "62 %  2.9 of 4.7 GB  411 MB/s  4 connections  0:04");
  progress.total.reset();
  progress.connections = 1;
  EXPECT_EQ(progress_text(progress), "2.9 GB  411 MB/s  1 connection");
  progress.phase = net::Phase::waiting;
  EXPECT_EQ(progress_text(progress), "2.9 GB  waiting to try again");
}

TEST(ProgressDisplay, TellsLongTimesInHours) {
  net::Progress progress;
  progress.phase = net::Phase::downloading;
  progress.total = 10'000'000;
  progress.bytes_per_second = 1000;
  EXPECT_EQ(progress_text(progress), "0 %  0.0 of 10.0 MB  1 kB/s  0 connections  2:46:40");
}

TEST(ProgressDisplay, DrawsABar) {
  EXPECT_EQ(progress_bar(0.5, 4), "━╸\x1b[2m━━\x1b[0m");
  EXPECT_EQ(progress_bar(1, 2), "━━\x1b[2m\x1b[0m");
  EXPECT_EQ(progress_bar(0, 2), "\x1b[2m━━\x1b[0m");
}

}  // namespace
}  // namespace torchhub::cli
