#include <torchhub/cache/tree_digest.h>
#include <torchhub/cache/verification.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <filesystem>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

// sha256sum of "abc"
constexpr const char* kDigest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class VerificationTest : public testing::Test {
 protected:
  Verdict verdict_of(const std::string& name) const {
    for (const CachedCheckpoint& checkpoint : take_inventory(paths_).checkpoints) {
      if (checkpoint.name == name) return verify(paths_, checkpoint).verdict;
    }
    ADD_FAILURE() << "no " << name;
    return Verdict::unknown;
  }

  tests::TempFolder folder_;
  const TorchPaths paths_{folder_.path()};
};

TEST_F(VerificationTest, GoesByTheNameOfAFile) {
  tests::write_file(paths_.checkpoint("x-ba7816bf.pth"), "abc");
  tests::write_file(paths_.checkpoint("y-ba7816bf.pth"), "abd");
  EXPECT_EQ(verdict_of("x-ba7816bf.pth"), Verdict::intact);
  EXPECT_EQ(verdict_of("y-ba7816bf.pth"), Verdict::damaged);
}

TEST_F(VerificationTest, GoesByTheDigestThatItHad) {
  const fs::path file = paths_.checkpoint("x.pth");
  tests::write_file(file, "abc");
  EXPECT_EQ(verdict_of("x.pth"), Verdict::unknown);
  // Now it is known.
  EXPECT_EQ(verdict_of("x.pth"), Verdict::intact);
  const auto time = fs::last_write_time(file);
  tests::write_file(file, "abd");
  // Not even a file that pretends to be as old is taken at its word.
  fs::last_write_time(file, time);
  EXPECT_EQ(verdict_of("x.pth"), Verdict::damaged);
  EXPECT_EQ(VerifiedFiles(paths_.stamps()).find(file)->sha256, kDigest);
}

TEST_F(VerificationTest, GoesByTheTreeThatWasFetched) {
  const RepositoryKey key("a", "b", "c");
  tests::write_file(paths_.repository(key) / "hubconf.py", "x = 1");
  EXPECT_EQ(verify(take_inventory(paths_).repositories.at(0)).verdict, Verdict::unknown);
  write_record(paths_, key, paths_.repository(key), {"", tree_digest(paths_.repository(key))});
  EXPECT_EQ(verify(take_inventory(paths_).repositories.at(0)).verdict, Verdict::intact);
  tests::write_file(paths_.repository(key) / "hubconf.py", "x = 2");
  EXPECT_EQ(verify(take_inventory(paths_).repositories.at(0)).verdict, Verdict::damaged);
}

TEST_F(VerificationTest, MovesAwayWhatIsDamaged) {
  tests::write_file(paths_.checkpoint("x.pth"), "abc");
  const fs::path away = quarantine(paths_, paths_.checkpoint("x.pth"));
  EXPECT_EQ(tests::read_file(away), "abc");
  EXPECT_FALSE(fs::exists(paths_.checkpoint("x.pth")));
}

}  // namespace
}  // namespace torchhub::cache
