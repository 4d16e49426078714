#include <torchhub/cache/detail/owner_name.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/sweep.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

// The owner_suffix() of a process that is no more.
std::string dead_suffix() {
  std::array<int, 2> ends;
  EXPECT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string suffix = detail::owner_suffix();
    _exit(write(ends[1], suffix.data(), suffix.size()) > 0 ? 0 : 1);
  }
  std::array<char, 256> text{};
  const ssize_t got = read(ends[0], text.data(), text.size());
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return {text.data(), static_cast<std::size_t>(got)};
}

class SweepTest : public testing::Test {
 protected:
  // As it would be after so long.
  void sweep_after(hours time) {
    sweep(paths_, SweepAges(), std::chrono::system_clock::now() + time);
  }

  tests::TempFolder folder_;
  const TorchPaths paths_{folder_.path()};
  const fs::path checkpoints_ = paths_.checkpoints();
};

TEST_F(SweepTest, TellsTheDeadFromTheLiving) {
  EXPECT_EQ(detail::owner_of("x" + detail::owner_suffix()), detail::Owner::alive);
  EXPECT_EQ(detail::owner_of("x" + dead_suffix()), detail::Owner::dead);
  EXPECT_EQ(detail::owner_of("x.elsewhere.4026531836.1.2.3"), detail::Owner::unknown);
  EXPECT_EQ(detail::owner_of("x"), detail::Owner::unknown);
}

TEST_F(SweepTest, RemovesFoldersInTheMakingOfTheDead) {
  const fs::path dead = paths_.staging() / ("a_b_c" + dead_suffix());
  const fs::path alive = paths_.staging() / ("a_b_c" + detail::owner_suffix());
  const fs::path unknown = paths_.staging() / "a_b_c";
  for (const fs::path& path : {dead, alive, unknown}) tests::write_file(path / "x", "x");
  sweep_after(hours(0));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(unknown));
  sweep_after(hours(100));
  EXPECT_FALSE(fs::exists(unknown));
  EXPECT_TRUE(fs::exists(alive));
}

TEST_F(SweepTest, LeavesReplacedFoldersToTheirReadersForADay) {
  tests::write_file(paths_.retired() / "a_b_c.1/x", "x");
  sweep_after(hours(23));
  EXPECT_TRUE(fs::exists(paths_.retired() / "a_b_c.1/x"));
  sweep_after(hours(25));
  EXPECT_FALSE(fs::exists(paths_.retired() / "a_b_c.1"));
}

TEST_F(SweepTest, RemovesOldDownloadsThatNobodyHolds) {
  const fs::path part = checkpoints_ / "x.pth.torchhub-part";
  const fs::path journal = checkpoints_ / "x.pth.torchhub-part-journal";
  const fs::path alone = checkpoints_ / "y.pth.torchhub-part-journal";
  const fs::path dead = checkpoints_ / ("x.pth.torchhub-part" + dead_suffix());
  const fs::path theirs = checkpoints_ / ("x.pth." + std::string(32, 'a') + ".partial");
  const fs::path whole = checkpoints_ / "x.pth";
  const fs::path other = checkpoints_ / "x.partial";
  const fs::path named = checkpoints_ / "z.pth.torchhub-part-journal";
  for (const fs::path& path : {part, dead, theirs, whole, other, named})
    tests::write_file(path, "x");
  for (const fs::path& path : {journal, alone}) tests::write_file(path, "thjourn1");
  sweep_after(hours(6 * 24));
  for (const fs::path& path : {part, journal, alone, dead, theirs, whole, other})
    EXPECT_TRUE(fs::exists(path)) << path;
  sweep_after(hours(8 * 24));
  for (const fs::path& path : {part, journal, alone, dead, theirs})
    EXPECT_FALSE(fs::exists(path)) << path;
  // Which only has a journal's name.
  EXPECT_TRUE(fs::exists(named));
  EXPECT_TRUE(fs::exists(whole));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(SweepTest, LeavesAFileThatOnlyHasAPartsName) {
  const fs::path empty = checkpoints_ / "y.torchhub-part";
  const fs::path whole = checkpoints_ / "x.torchhub-part";
  const fs::path marked = checkpoints_ / "z.torchhub-part";
  tests::write_file(empty, "");
  tests::write_file(marked, "half of something");
  ASSERT_EQ(::chmod(marked.c_str(), 01644), 0);
  tests::write_file(whole, "somebody's");
  sweep_after(hours(24 * 30));
  EXPECT_FALSE(fs::exists(empty));
  EXPECT_FALSE(fs::exists(marked));
  EXPECT_EQ(tests::read_file(whole), "somebody's");
}

TEST_F(SweepTest, LeavesADownloadThatIsUnderWay) {
  fs::create_directories(checkpoints_);
  PartFile part(checkpoints_ / "x.pth");
  const std::array<std::byte, 3> bytes{};
  part.write_at(0, bytes);
  part.save_state(bytes);
  sweep_after(hours(1000));
  EXPECT_TRUE(fs::exists(part.path()));
  EXPECT_TRUE(fs::exists(part.path().string() + "-journal"));
}

TEST_F(SweepTest, LeavesLinksAndFifosAlone) {
  fs::create_directories(checkpoints_);
  tests::write_file(folder_ / "precious", "precious");
  fs::create_symlink(folder_ / "precious", checkpoints_ / "a.pth.torchhub-part");
  ASSERT_EQ(::mkfifo((checkpoints_ / "b.pth.torchhub-part").c_str(), 0666), 0);
  sweep_after(hours(24 * 30));
  EXPECT_EQ(tests::read_file(folder_ / "precious"), "precious");
}

}  // namespace
}  // namespace torchhub::cache
