#include <torchhub/cache/repository_record.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace torchhub::cache {
namespace {

class RepositoryRecordTest : public testing::Test {
 protected:
  RepositoryRecordTest() { tests::write_file(paths_.repository(key_) / "hubconf.py", ""); }

  RepositoryRecord read(const RepositoryKey& key) const {
    return read_record(paths_, key, paths_.repository(key));
  }

  tests::TempFolder folder_;
  const TorchPaths paths_{folder_.path()};
  const RepositoryKey key_{"a_b", "c", "d/e"};
};

TEST_F(RepositoryRecordTest, IsEmptyAtFirst) {
  EXPECT_EQ(read(key_).commit, "");
  EXPECT_FALSE(key_of_folder(paths_, key_.folder_name()));
}

TEST_F(RepositoryRecordTest, FollowsItsFolder) {
  const std::filesystem::path made = folder_ / "made";
  std::filesystem::create_directory(made);
  write_record(paths_, key_, made, {std::string(40, 'a'), "tree"});
  EXPECT_EQ(read(key_).commit, "");
  std::filesystem::remove_all(paths_.repository(key_));
  std::filesystem::rename(made, paths_.repository(key_));
  EXPECT_EQ(read(key_).commit, std::string(40, 'a'));
  EXPECT_EQ(read(key_).tree, "tree");
  EXPECT_EQ(key_of_folder(paths_, "a_b_c_d_e")->ref, "d/e");
}

// File systems give the number of a folder that is gone to the next one, some at once.
TEST_F(RepositoryRecordTest, IsNotThatOfAFolderWithTheNumberOfOneThatIsGone) {
  const std::filesystem::path repository = paths_.repository(key_);
  const auto number = [&] {
    struct stat status {};
    EXPECT_EQ(::stat(repository.c_str(), &status), 0);
    return status.st_ino;
  };
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    const auto before = number();
    write_record(paths_, key_, repository, {std::string(40, 'a'), "tree"});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // more than a tick of its clock
    std::filesystem::remove_all(repository);
    std::filesystem::create_directory(repository);
    EXPECT_EQ(read(key_).commit, "");
    if (number() == before) return;
  }
  GTEST_SKIP() << "this file system gave no number twice";
}

TEST_F(RepositoryRecordTest, IsNotThatOfANamesake) {
  write_record(paths_, key_, paths_.repository(key_), {std::string(40, 'a'), "tree"});
  const RepositoryKey namesake("a", "b_c", "d/e");
  ASSERT_EQ(namesake.folder_name(), key_.folder_name());
  EXPECT_EQ(read(namesake).commit, "");
}

TEST_F(RepositoryRecordTest, TakesNoCommitThatIsNone) {
  write_record(paths_, key_, paths_.repository(key_), {"a comment", "tree"});
  EXPECT_EQ(read(key_).commit, "");
  EXPECT_EQ(read(key_).tree, "tree");
}

TEST_F(RepositoryRecordTest, RemembersWhatNoRefMeant) {
  EXPECT_EQ(read_default_ref(paths_, "a_b", "c"), "");
  write_default_ref(paths_, key_);
  EXPECT_EQ(read_default_ref(paths_, "a_b", "c"), "d/e");
}

TEST_F(RepositoryRecordTest, IsThereForTheLongestName) {
  const RepositoryKey key("a", "b", std::string(251, 'r'));
  ASSERT_EQ(key.folder_name().size(), 255u);
  std::filesystem::create_directories(paths_.repository(key));
  write_record(paths_, key, paths_.repository(key), {std::string(40, 'a'), "tree"});
  write_default_ref(paths_, key);
  EXPECT_EQ(read(key).tree, "tree");
  EXPECT_EQ(key_of_folder(paths_, key.folder_name())->ref, key.ref);
  EXPECT_EQ(read_default_ref(paths_, "a", "b"), key.ref);
  const std::vector<RepositoryKey> recorded = recorded_repositories(paths_);
  ASSERT_EQ(recorded.size(), 1u);
  EXPECT_EQ(recorded[0].ref, key.ref);
  const RepositoryKey neighbour("a", "b", std::string(250, 'r') + 's');
  EXPECT_EQ(read(neighbour).tree, "");
  EXPECT_FALSE(key_of_folder(paths_, neighbour.folder_name()));
  const RepositoryKey owners(std::string(200, 'a'), std::string(52, 'b'), "r");
  write_default_ref(paths_, owners);
  EXPECT_EQ(read_default_ref(paths_, owners.owner, owners.name), "r");
}

TEST_F(RepositoryRecordTest, SaysWhichServerAFolderIsOf) {
  EXPECT_EQ(server_of_folder(paths_, key_.folder_name()), "");
  std::filesystem::create_directories(paths_.repository(key_));
  write_record(paths_, key_, paths_.repository(key_), {"", "tree", "https://git.example.com"});
  EXPECT_EQ(server_of_folder(paths_, key_.folder_name()), "https://git.example.com");
  EXPECT_EQ(read_record(paths_, key_, paths_.repository(key_)).server, "https://git.example.com");
}

}  // namespace
}  // namespace torchhub::cache
