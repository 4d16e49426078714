#include <torchhub/hub/foreign_file.h>
#include <torchhub/tests/support/other_user.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using tests::kOtherUser;

// A folder in which everybody may make files, as /tmp is.
class ForeignFileTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!tests::has_other_user()) GTEST_SKIP() << tests::kNoOtherUser;
  }

  tests::SharedFolder home_;
};

TEST_F(ForeignFileTest, IsNoneOfOnesOwn) {
  tests::write_file(home_ / "own/a/b.py", "");
  fs::create_symlink("a", home_ / "own/link");
  fs::create_symlink("nowhere", home_ / "own/dangling");
  EXPECT_EQ(foreign_owner(home_ / "own"), std::nullopt);
  EXPECT_FALSE(find_foreign_file(home_ / "own"));
  EXPECT_EQ(foreign_owner(home_ / "absent"), std::nullopt);
  EXPECT_FALSE(find_foreign_file(home_ / "absent"));
}

TEST_F(ForeignFileTest, IsAFolderThatAnotherUserMade) {
  tests::as_other_user([&] { tests::write_file(home_ / "theirs/hubconf.py", ""); });
  EXPECT_EQ(foreign_owner(home_ / "theirs"), kOtherUser);
  const auto found = find_foreign_file(home_ / "theirs");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, home_ / "theirs");
  EXPECT_EQ(found->owner, kOtherUser);
}

TEST_F(ForeignFileTest, IsFoundHoweverDeepItLies) {
  fs::create_directories(home_ / "own/a/b");
  tests::write_file(home_ / "own/a/first.py", "");
  fs::permissions(home_ / "own/a/b", fs::perms(0777));
  tests::as_other_user([&] { tests::write_file(home_ / "own/a/b/theirs.py", ""); });
  const auto found = find_foreign_file(home_ / "own");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, home_ / "own/a/b/theirs.py");
}

TEST_F(ForeignFileTest, IsALinkOfTheirsAndWhatOnesOwnLinkLeadsTo) {
  tests::write_file(home_ / "own/a.py", "");
  tests::as_other_user([&] {
    fs::create_symlink(home_ / "own", home_ / "link");
    tests::write_file(home_ / "theirs.py", "");
  });
  EXPECT_EQ(foreign_owner(home_ / "link"), kOtherUser);
  fs::create_symlink(home_ / "theirs.py", home_ / "own/to_theirs.py");
  const auto found = find_foreign_file(home_ / "own");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, home_ / "own/to_theirs.py");
}

TEST_F(ForeignFileTest, IsNoneOfRootsForAnotherUser) {
  tests::write_file(home_ / "roots/a.py", "");
  tests::as_other_user([&] {
    tests::write_file(home_ / "theirs/a.py", "");
    if (find_foreign_file(home_ / "roots") || find_foreign_file(home_ / "theirs"))
      throw std::runtime_error("root's files, or the user's own, are foreign");
  });
}

TEST(SafeDirectory, CoversItselfAndWhatLiesBelow) {
  const tests::TempFolder home;
  fs::create_directories(home / "hub/acme_digits_main");
  const fs::path folder = home / "hub/acme_digits_main";
  EXPECT_TRUE(is_safe_directory({folder}, folder));
  EXPECT_TRUE(is_safe_directory({"/elsewhere", home / "hub/"}, folder));
  EXPECT_TRUE(is_safe_directory({"*"}, folder));
  EXPECT_FALSE(is_safe_directory({}, folder));
  EXPECT_FALSE(is_safe_directory({folder / "inside"}, folder));
  EXPECT_FALSE(is_safe_directory({home / "hub/acme"}, folder));
  EXPECT_FALSE(is_safe_directory({home / "hub/acme_digits_main2"}, folder));
  // A way round through a link of the same name's is none.
  fs::create_directory_symlink(home / "hub", home / "link");
  EXPECT_TRUE(is_safe_directory({home / "link"}, folder));
  EXPECT_FALSE(is_safe_directory({home / "hub/acme_digits_main/../other"}, folder));
}

TEST(UserName, IsTheNameOrTheNumber) {
  EXPECT_EQ(user_name(0), "root (user 0)");
  EXPECT_EQ(user_name(4'000'000'001u), "user 4000000001");
}

}  // namespace
}  // namespace torchhub
