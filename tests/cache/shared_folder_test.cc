// Folders that two users write in: what one of them plants, the other neither follows nor believes, and
// neither shuts the other out.

#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/cache/share_file.h>
#include <torchhub/cache/trust_list.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/other_user.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::failure_of;
using tests::holds_for_other_user;

class SharedFolderTest : public testing::Test {
 protected:
  SharedFolderTest() : mask_(umask(022)) {}
  ~SharedFolderTest() override { umask(mask_); }
  void SetUp() override {
    if (!tests::has_other_user()) GTEST_SKIP() << tests::kNoOtherUser;
  }

  void give_away(const fs::path& path) {
    ASSERT_EQ(lchown(path.c_str(), tests::kOtherUser, tests::kOtherUser), 0);
  }

  void make(const std::string& text) {
    PartFile part(folder_ / "x");
    EXPECT_NE(part.path(), folder_ / "x.torchhub-part");
    part.write_at(0, std::as_bytes(std::span(text)));
    part.publish();
    EXPECT_EQ(tests::read_file(folder_ / "x"), text);
    EXPECT_FALSE(fs::is_symlink(folder_ / "x"));
  }

  const mode_t mask_;
  tests::SharedFolder folder_;
};

TEST_F(SharedFolderTest, APartOfAnotherUserIsNotWrittenTo) {
  tests::write_file(folder_ / "x.torchhub-part", "theirs");
  give_away(folder_ / "x.torchhub-part");
  make("ours");
  EXPECT_EQ(tests::read_file(folder_ / "x.torchhub-part"), "theirs");
}

TEST_F(SharedFolderTest, AJournalOfAnotherUserIsNotBelieved) {
  tests::write_file(folder_ / "x.torchhub-part-journal", "theirs");
  give_away(folder_ / "x.torchhub-part-journal");
  make("ours");
  EXPECT_EQ(tests::read_file(folder_ / "x.torchhub-part-journal"), "theirs");
}

TEST_F(SharedFolderTest, APartThatRootLeftIsNoObstacle) {
  tests::write_file(folder_ / "x.torchhub-part", "root's");
  EXPECT_TRUE(holds_for_other_user([&] { make("theirs"); }));
  EXPECT_EQ(tests::read_file(folder_ / "x.torchhub-part"), "root's");
}

TEST_F(SharedFolderTest, APrivatePartIsGoneOnWith) {
  tests::write_file(folder_ / "x.torchhub-part", "theirs");
  give_away(folder_ / "x.torchhub-part");
  const std::string text = "half";
  const pid_t child = fork();
  if (child == 0) {
    PartFile part(folder_ / "x");
    part.write_at(0, std::as_bytes(std::span(text)));
    part.save_state(std::as_bytes(std::span(text)));
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  PartFile part(folder_ / "x");
  EXPECT_EQ(part.load_state().size(), text.size());
}

TEST_F(SharedFolderTest, ALinkOfAnotherUserIsNotFollowed) {
  tests::write_file(folder_ / "precious", "precious");
  fs::create_symlink("precious", folder_ / "x");
  give_away(folder_ / "x");
  EXPECT_THAT(failure_of([&] { PartFile(folder_ / "x"); }).sentence,
              HasSubstr("is a symbolic link of another user's (uid 65534), and is not followed"));
  EXPECT_THAT(failure_of([&] { share_file(folder_ / "precious", folder_ / "x"); }).sentence,
              HasSubstr("is not followed"));
  EXPECT_THAT(failure_of([&] { add_to_trust_list(folder_ / "x", "a_b"); }).sentence,
              HasSubstr("is not followed"));
  EXPECT_EQ(tests::read_file(folder_ / "precious"), "precious");
  // Root's own links are there for all.
  ASSERT_EQ(lchown((folder_ / "x").c_str(), 0, 0), 0);
  EXPECT_TRUE(
      holds_for_other_user([&] { EXPECT_EQ(replaced_path(folder_ / "x"), folder_ / "precious"); }));
}

TEST_F(SharedFolderTest, AFileThatOnlyItsOwnerMayWriteToIsReadOnlyToOthers) {
  tests::write_file(folder_ / "x", "root's");
  EXPECT_TRUE(holds_for_other_user([&] {
    EXPECT_THAT(failure_of([&] { require_writable(folder_ / "x"); }).sentence,
                HasSubstr("is read-only"));
  }));
  require_writable(folder_ / "x");
}

TEST_F(SharedFolderTest, ALockOfAnotherUserIsTakenByReading) {
  const fs::path path = folder_ / "x.lock";
  { const FileLock made(path); }
  EXPECT_TRUE(holds_for_other_user([&] {
    const FileLock lock(path, 0s);
    EXPECT_EQ(failure_of([&] { FileLock(path, 0s); }).code, errc::lock_timeout);
  }));
  const FileLock held(path);
  EXPECT_TRUE(holds_for_other_user(
      [&] { EXPECT_EQ(failure_of([&] { FileLock(path, 0s); }).code, errc::lock_timeout); }));
}

TEST_F(SharedFolderTest, ALockThatMayNotBeReadIsDoneWithout) {
  const fs::path path = folder_ / "x.lock";
  { const FileLock made(path); }
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(holds_for_other_user([&] {
    EXPECT_EQ(failure_of([&] { FileLock(path, 0s); }).sentence, "(nothing was thrown)");
  }));
  fs::permissions(folder_.path(), fs::perms::owner_all | fs::perms::others_exec);
  EXPECT_TRUE(holds_for_other_user([&] {
    EXPECT_EQ(failure_of([&] { FileLock(folder_ / "new.lock", 0s); }).sentence,
              "(nothing was thrown)");
  }));
}

TEST_F(SharedFolderTest, AListOfAnotherUserIsNeitherBelievedNorAddedTo) {
  tests::write_file(folder_ / "list", "a_b\n");
  EXPECT_TRUE(is_listed(folder_ / "list", "a_b"));
  EXPECT_TRUE(holds_for_other_user([&] { EXPECT_TRUE(is_listed(folder_ / "list", "a_b")); }));
  give_away(folder_ / "list");
  EXPECT_FALSE(is_listed(folder_ / "list", "a_b"));
  EXPECT_TRUE(listed_lines(folder_ / "list").empty());
  EXPECT_TRUE(is_listed(folder_ / "list", "a_b", ListsOf::anybody));
  EXPECT_THAT(
      failure_of([&] { add_to_trust_list(folder_ / "list", "c_d"); }).sentence,
      HasSubstr("belongs to another user (uid 65534), and is neither believed nor added to"));
  EXPECT_EQ(tests::read_file(folder_ / "list"), "a_b\n");
  add_to_trust_list(folder_ / "list", "c_d", ListsOf::anybody);
  EXPECT_EQ(tests::read_file(folder_ / "list"), "a_b\nc_d\n");
  // Nor is it by a link of one's own, nor root's own list by a link of his.
  fs::create_symlink("list", folder_ / "link");
  EXPECT_FALSE(is_listed(folder_ / "link", "a_b"));
  ASSERT_EQ(lchown((folder_ / "list").c_str(), 0, 0), 0);
  EXPECT_TRUE(is_listed(folder_ / "link", "a_b"));
  give_away(folder_ / "link");
  EXPECT_FALSE(is_listed(folder_ / "link", "a_b"));
}

TEST_F(SharedFolderTest, AListOfAnotherUserThatMayNotBeReadIsEmpty) {
  tests::as_other_user([&] { tests::write_file(folder_ / "list", "a_b\n"); });
  fs::permissions(folder_ / "list", fs::perms::none);
  ASSERT_EQ(lchown((folder_ / "list").c_str(), 12345, 12345), 0);
  EXPECT_TRUE(holds_for_other_user([&] { EXPECT_FALSE(is_listed(folder_ / "list", "a_b")); }));
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0666), 0);
  give_away(folder_ / "fifo");
  EXPECT_FALSE(is_listed(folder_ / "fifo", "a_b"));
}

TEST_F(SharedFolderTest, AStampOfAnotherUserIsNotBelieved) {
  const VerifiedFiles verified(folder_ / "stamps");
  tests::write_file(folder_ / "x", "abc");
  ASSERT_TRUE(verified.remember(folder_ / "x", std::string(64, '0')));
  EXPECT_TRUE(verified.find(folder_ / "x"));
  for (const auto& stamp : fs::directory_iterator(folder_ / "stamps")) give_away(stamp.path());
  EXPECT_FALSE(verified.find(folder_ / "x"));
  EXPECT_THAT(verified.digest_of(folder_ / "x"), testing::StartsWith("ba7816bf"));
}

}  // namespace
}  // namespace torchhub::cache
