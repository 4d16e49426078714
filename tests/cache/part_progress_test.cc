#include <torchhub/cache/part_file.h>
#include <torchhub/cache/part_progress.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <unistd.h>

#include <vector>

namespace torchhub::cache {
namespace {

TEST(PartProgress, IsNothingWhereNobodyWorks) {
  const tests::TempFolder folder;
  EXPECT_FALSE(progress_of_part(folder / "x"));
}

TEST(PartProgress, TellsWhoWorksAndHowFarItIs) {
  const tests::TempFolder folder;
  constexpr std::uint64_t kMega = std::uint64_t{1} << 20;
  PartFile part(folder / "x");
  part.size_hint(8 * kMega);
  const std::vector<std::byte> bytes(kMega, std::byte{7});
  part.write_at(0, bytes);
  part.write_at(4 * kMega, bytes);
  const auto progress = progress_of_part(folder / "x");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->owner, getpid());
  EXPECT_EQ(progress->bytes, 2 * kMega);
  EXPECT_NEAR(static_cast<double>(progress->total), 8.0 * kMega, 65536);
}

}  // namespace
}  // namespace torchhub::cache
