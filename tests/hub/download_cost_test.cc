// What a download costs, by counts that do not depend on what else the machine does.

#include <torchhub/tests/support/download.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/real_servers.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace torchhub {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// A sanitizer has memory of its own.
constexpr std::uint64_t kMaxResident = tests::kIsSanitized ? 2048 * kMiB : 96 * kMiB;

TEST(DownloadCost, SixteenConnectionsFitInto96MiB) {
  const tests::Nginx nginx("limit_rate 12m;");
  {
    // In pieces: what a child has at most counts from what its parent had.
    std::ofstream file(nginx.root() / "f", std::ios::binary);
    for (unsigned i = 0; i < 320; ++i) file << tests::pattern(kMiB, i);
  }
  const tests::TempFolder folder;
  tests::Process download({"hub/cli/torchhub", "download", nginx.url() + "/f", folder / "f",
                           "--connections", "16", "--quiet"});
  EXPECT_EQ(download.wait(), 0);
  EXPECT_LE(download.max_resident_bytes(), kMaxResident);
  EXPECT_GT(download.max_resident_bytes(), 4 * kMiB);
}

TEST(DownloadCost, APlainBodyComesInLargePieces) {
  const std::string content = tests::pattern(64 * kMiB);
  const tests::Nginx nginx;
  tests::write_file(nginx.root() / "f", content);
  const tests::Downloaded got = tests::download(nginx.url() + "/f");
  EXPECT_TRUE(got.body == content);
  const double gigabytes = static_cast<double>(content.size()) / 1e9;
  EXPECT_LE(static_cast<double>(got.received.reads), 20'000 * gigabytes);
}

}  // namespace
}  // namespace torchhub
