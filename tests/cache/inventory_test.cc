#include <torchhub/cache/inventory.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using Clock = std::chrono::system_clock;
using testing::ElementsAre;

// Written and read for the last time so long ago.
void age(const fs::path& path, hours time) {
  const std::time_t then = Clock::to_time_t(Clock::now() - time);
  const std::array<timespec, 2> times{timespec{then, 0}, timespec{then, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
}

class InventoryTest : public testing::Test {
 protected:
  InventoryTest() {
    add_repository("acme_digits_main", hours(30));
    add_checkpoint("old.pth", 1000, hours(50));
    add_checkpoint("new.pth", 2000, hours(1));
    tests::write_file(paths_.checkpoints() / "x.pth.torchhub-part", "half");
    tests::write_file(paths_.trusted_list(), "acme_digits\n");
  }

  void add_repository(const std::string& name, hours time) {
    const fs::path folder = paths_.hub_dir() / name;
    tests::write_file(folder / "hubconf.py", std::string(100, 'x'));
    age(folder / "hubconf.py", time);
    age(folder, time);
  }

  void add_checkpoint(const std::string& name, std::size_t bytes, hours time) {
    tests::write_file(paths_.checkpoints() / name, std::string(bytes, 'x'));
    age(paths_.checkpoints() / name, time);
  }

  std::vector<std::string> prunable(const PruneLimits& limits) const {
    const Prunable chosen = choose_prunable(take_inventory(paths_), limits, Clock::now());
    std::vector<std::string> names;
    for (const auto& repository : chosen.repositories) names.push_back(repository.name);
    for (const auto& checkpoint : chosen.checkpoints) names.push_back(checkpoint.name);
    return names;
  }

  tests::TempFolder folder_;
  const TorchPaths paths_{folder_ / "hub"};
};

TEST_F(InventoryTest, HoldsRepositoriesAndWholeCheckpoints) {
  const RepositoryKey key("acme", "digits", "main");
  write_record(paths_, key, paths_.repository(key), {std::string(40, 'a'), std::string(64, 'b')});
  VerifiedFiles(paths_.stamps())
      .remember(paths_.checkpoint("new.pth"), std::string(64, 'c'), "https://h/new.pth");
  const Inventory inventory = take_inventory(paths_);
  ASSERT_EQ(inventory.repositories.size(), 1u);
  EXPECT_EQ(inventory.repositories[0].key->name, "digits");
  EXPECT_EQ(inventory.repositories[0].record.commit, std::string(40, 'a'));
  EXPECT_EQ(inventory.repositories[0].bytes, 100u);
  EXPECT_TRUE(inventory.repositories[0].is_complete);
  ASSERT_EQ(inventory.checkpoints.size(), 2u);
  EXPECT_EQ(inventory.checkpoints[0].name, "new.pth");
  EXPECT_EQ(inventory.checkpoints[0].sha256, std::string(64, 'c'));
  EXPECT_EQ(inventory.checkpoints[0].url, "https://h/new.pth");
  EXPECT_EQ(inventory.checkpoints[1].sha256, "");
}

TEST_F(InventoryTest, OfNoCacheIsEmpty) {
  const Inventory inventory = take_inventory(TorchPaths(folder_ / "nothing"));
  EXPECT_TRUE(inventory.repositories.empty());
  EXPECT_TRUE(inventory.checkpoints.empty());
}

// A record of the folder that Python has replaced since is about that one no more.
TEST_F(InventoryTest, BelievesNoRecordOfAnotherFolder) {
  const RepositoryKey key("acme", "digits", "main");
  write_record(paths_, key, paths_.repository(key), {std::string(40, 'a'), ""});
  fs::rename(paths_.repository(key), folder_ / "away");
  add_repository("acme_digits_main", hours(1));
  EXPECT_EQ(take_inventory(paths_).repositories[0].record.commit, "");
}

TEST_F(InventoryTest, GivesUpTheLeastRecentlyUsed) {
  PruneLimits limits;
  EXPECT_TRUE(prunable(limits).empty());
  limits.max_bytes = 3100;
  EXPECT_TRUE(prunable(limits).empty());
  limits.max_bytes = 3099;
  EXPECT_THAT(prunable(limits), ElementsAre("old.pth"));
  limits.max_bytes = 2050;
  EXPECT_THAT(prunable(limits), ElementsAre("acme_digits_main", "old.pth"));
  limits.max_bytes = std::nullopt;
  limits.max_idle_time = hours(24);
  EXPECT_THAT(prunable(limits), ElementsAre("acme_digits_main", "old.pth"));
}

TEST_F(InventoryTest, CountsUseThatWasWrittenDown) {
  const VerifiedFiles verified(paths_.stamps());
  verified.remember(paths_.checkpoint("old.pth"), std::string(64, 'c'));
  verified.note_use(paths_.checkpoint("old.pth"));
  PruneLimits limits;
  limits.max_idle_time = hours(24);
  EXPECT_THAT(prunable(limits), ElementsAre("acme_digits_main"));
}

TEST_F(InventoryTest, IsPruned) {
  PruneLimits limits;
  limits.max_bytes = 0;
  const Inventory inventory = take_inventory(paths_);
  const Pruned pruned = prune(paths_, choose_prunable(inventory, limits, Clock::now()));
  EXPECT_EQ(pruned.bytes, 3100u);
  EXPECT_TRUE(pruned.kept.empty());
  EXPECT_FALSE(fs::exists(paths_.checkpoint("old.pth")));
  EXPECT_FALSE(fs::exists(paths_.hub_dir() / "acme_digits_main"));
  // What is not whole is somebody's work, and trust is no content.
  EXPECT_TRUE(fs::exists(paths_.checkpoints() / "x.pth.torchhub-part"));
  EXPECT_TRUE(fs::exists(paths_.trusted_list()));
}

TEST_F(InventoryTest, KeepsWhatIsLocked) {
  const FileLock repository(paths_.repository_lock("acme_digits_main"));
  const PartFile checkpoint(paths_.checkpoint("old.pth"));
  PruneLimits limits;
  limits.max_bytes = 0;
  const Inventory inventory = take_inventory(paths_);
  const Pruned pruned = prune(paths_, choose_prunable(inventory, limits, Clock::now()));
  EXPECT_EQ(pruned.kept.size(), 2u);
  EXPECT_TRUE(fs::exists(paths_.checkpoint("old.pth")));
  EXPECT_TRUE(fs::exists(paths_.hub_dir() / "acme_digits_main/hubconf.py"));
  EXPECT_FALSE(fs::exists(paths_.checkpoint("new.pth")));
}

TEST_F(InventoryTest, KeepsWhatWasUsedMeanwhile) {
  PruneLimits limits;
  limits.max_bytes = 0;
  const Prunable chosen = choose_prunable(take_inventory(paths_), limits, Clock::now());
  age(paths_.checkpoint("old.pth"), hours(0));
  prune(paths_, chosen);
  EXPECT_TRUE(fs::exists(paths_.checkpoint("old.pth")));
  EXPECT_FALSE(fs::exists(paths_.checkpoint("new.pth")));
}

}  // namespace
}  // namespace torchhub::cache
