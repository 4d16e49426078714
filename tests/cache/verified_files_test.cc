#include <torchhub/cache/error.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <thread>
#include <vector>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

// sha256sum of "abc"
constexpr const char* kDigest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class VerifiedFilesTest : public testing::Test {
 protected:
  VerifiedFilesTest() { tests::write_file(file_, "abc"); }

  tests::TempFolder folder_;
  const fs::path file_ = folder_ / "checkpoints/x.pth";
  const VerifiedFiles verified_{folder_ / "stamps"};
};

TEST_F(VerifiedFilesTest, KnowsNothingAtFirst) { EXPECT_FALSE(verified_.find(file_)); }

// The stamp is taken at its word: the file is not read.
TEST_F(VerifiedFilesTest, IsNotReadAgain) {
  ASSERT_TRUE(verified_.remember(file_, std::string(64, '0'), "https://h/x.pth"));
  EXPECT_EQ(verified_.digest_of(file_), std::string(64, '0'));
  EXPECT_EQ(verified_.find(file_)->url, "https://h/x.pth");
}

TEST_F(VerifiedFilesTest, ReadsAFileThatIsNotKnown) {
  EXPECT_EQ(verified_.digest_of(file_), kDigest);
  EXPECT_TRUE(verified_.find(file_)->is_current);
}

TEST_F(VerifiedFilesTest, NoticesAChange) {
  verified_.remember(file_, std::string(64, '0'), "https://h/x.pth");
  tests::write_file(file_, "abcd");
  EXPECT_FALSE(verified_.find(file_)->is_current);
  tests::write_file(file_, "abc");
  // Of the old size, written later.
  EXPECT_FALSE(verified_.find(file_)->is_current);
  EXPECT_EQ(verified_.digest_of(file_), kDigest);
  // Where another content came from is not known.
  EXPECT_EQ(verified_.find(file_)->url, "");
}

TEST_F(VerifiedFilesTest, NoticesAnotherFileOfTheSameTime) {
  verified_.remember(file_, std::string(64, '0'));
  tests::write_file(folder_ / "other", "abc");
  fs::last_write_time(folder_ / "other", fs::last_write_time(file_));
  fs::rename(folder_ / "other", file_);
  EXPECT_FALSE(verified_.find(file_)->is_current);
}

TEST_F(VerifiedFilesTest, KeepsTheUrlOfTheSameContent) {
  verified_.remember(file_, kDigest, "https://h/x.pth");
  fs::last_write_time(file_, fs::last_write_time(file_) + std::chrono::hours(1));
  EXPECT_EQ(verified_.digest_of(file_), kDigest);
  EXPECT_EQ(verified_.find(file_)->url, "https://h/x.pth");
}

TEST_F(VerifiedFilesTest, IsOneFileByAnyPath) {
  verified_.remember(file_, kDigest);
  EXPECT_TRUE(verified_.find(folder_ / "checkpoints/../checkpoints/x.pth"));
}

TEST_F(VerifiedFilesTest, SurvivesADamagedStamp) {
  verified_.remember(file_, std::string(64, '0'));
  for (const auto& stamp : fs::directory_iterator(folder_ / "stamps"))
    tests::write_file(stamp.path(), "{\"sha256\": 5");
  EXPECT_FALSE(verified_.find(file_));
  EXPECT_EQ(verified_.digest_of(file_), kDigest);
}

TEST_F(VerifiedFilesTest, WorksWhereItCannotWrite) {
  tests::write_file(folder_ / "no_folder", "");
  const VerifiedFiles nowhere(folder_ / "no_folder");
  EXPECT_FALSE(nowhere.remember(file_, kDigest));
  EXPECT_EQ(nowhere.digest_of(file_), kDigest);
}

TEST_F(VerifiedFilesTest, TakesManyWritersAtOnce) {
  std::vector<std::jthread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] {
      for (int j = 0; j < 20; ++j) EXPECT_TRUE(verified_.remember(file_, kDigest));
    });
  }
  writers.clear();
  EXPECT_TRUE(verified_.find(file_)->is_current);
}

// rsync --inplace -t and `touch -r` put the time back; that of the change they cannot.
TEST_F(VerifiedFilesTest, NoticesOtherBytesOfTheSameTime) {
  // Long enough ago for the clock of the file system to have moved on.
  const auto time = fs::last_write_time(file_) - std::chrono::hours(1);
  fs::last_write_time(file_, time);
  struct stat before;
  ASSERT_EQ(::stat(file_.c_str(), &before), 0);
  ASSERT_TRUE(verified_.remember(file_, kDigest));
  EXPECT_TRUE(verified_.find(file_)->is_current);
  struct stat after = before;
  while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
         after.st_ctim.tv_nsec == before.st_ctim.tv_nsec) {
    tests::write_file(file_, "cba");
    fs::last_write_time(file_, time);
    ASSERT_EQ(::stat(file_.c_str(), &after), 0);
  }
  ASSERT_EQ(after.st_ino, before.st_ino);
  ASSERT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
  EXPECT_FALSE(verified_.find(file_)->is_current);
  EXPECT_NE(verified_.digest_of(file_), kDigest);
}

TEST_F(VerifiedFilesTest, DoesNotBelieveAStampThatKnowsFewerTimes) {
  ASSERT_TRUE(verified_.remember(file_, std::string(64, '0')));
  for (const auto& stamp : fs::directory_iterator(folder_ / "stamps")) {
    std::string text = tests::read_file(stamp.path());
    const std::size_t begin = text.find(",\"ctime\"");
    ASSERT_NE(begin, text.npos);
    text.erase(begin, text.find('}') - begin);
    tests::write_file(stamp.path(), text);
  }
  EXPECT_FALSE(verified_.find(file_)->is_current);
}

TEST_F(VerifiedFilesTest, ReplacesALinkAtAStampsPlace) {
  ASSERT_TRUE(verified_.remember(file_, kDigest));
  tests::write_file(folder_ / "precious", "precious");
  fs::path stamp;
  for (const auto& entry : fs::directory_iterator(folder_ / "stamps")) stamp = entry.path();
  fs::remove(stamp);
  fs::create_symlink(folder_ / "precious", stamp);
  EXPECT_FALSE(verified_.find(file_));
  EXPECT_TRUE(verified_.remember(file_, kDigest));
  EXPECT_TRUE(verified_.find(file_)->is_current);
  EXPECT_EQ(tests::read_file(folder_ / "precious"), "precious");
}

TEST_F(VerifiedFilesTest, WaitsForNoFifo) {
  ASSERT_TRUE(verified_.remember(file_, kDigest));
  for (const auto& entry : fs::directory_iterator(folder_ / "stamps")) {
    const fs::path stamp = entry.path();
    fs::remove(stamp);
    ASSERT_EQ(::mkfifo(stamp.c_str(), 0666), 0);
    break;
  }
  EXPECT_FALSE(verified_.find(file_));
}

TEST_F(VerifiedFilesTest, ReadsNoFifo) {
  fs::remove(file_);
  ASSERT_EQ(::mkfifo(file_.c_str(), 0666), 0);
  EXPECT_THROW(verified_.digest_of(file_), Error);
}

}  // namespace
}  // namespace torchhub::cache
