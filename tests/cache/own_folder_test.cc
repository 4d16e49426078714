// What another user plants where the cache's folders are to be: nothing is written, removed or believed
// through it.

#include <torchhub/cache/file_lock.h>
#include <torchhub/cache/folder.h>
#include <torchhub/cache/inventory.h>
#include <torchhub/cache/own_folder.h>
#include <torchhub/cache/repository_record.h>
#include <torchhub/cache/sweep.h>
#include <torchhub/cache/trust_list.h>
#include <torchhub/cache/verified_files.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/other_user.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::failure_of;

class OwnFolderTest : public testing::Test {
 protected:
  OwnFolderTest() { fs::create_directories(paths_.hub_dir()); }
  void SetUp() override {
    if (!tests::has_other_user()) GTEST_SKIP() << tests::kNoOtherUser;
  }

  static void give_away(const fs::path& path) {
    ASSERT_EQ(lchown(path.c_str(), tests::kOtherUser, tests::kOtherUser), 0);
  }

  // Another user's link at `place`, to a folder of this one's.
  void plant(const fs::path& place) {
    fs::create_directories(place.parent_path());
    fs::create_directory_symlink(mine_.path(), place);
    give_away(place);
  }

  void sweep_late() {
    sweep(paths_, SweepAges(), std::chrono::system_clock::now() + std::chrono::hours(30 * 24));
  }

  // Every place where a link would do harm.
  std::vector<fs::path> places() const {
    return {paths_.own_dir(),
            paths_.staging(),
            paths_.retired(),
            paths_.untrusted(),
            paths_.quarantine(),
            paths_.stamps(),
            paths_.repository_lock("x").parent_path(),
            paths_.repository_record("x").parent_path(),
            paths_.own_dir() / "default_refs",
            paths_.checkpoints(),
            paths_.hub_dir()};
  }

  // Calls `act` once for each of places() with such a link there.
  template <class Act>
  void for_each_link(Act act) {
    for (const fs::path& place : places()) {
      SCOPED_TRACE(place);
      fs::remove_all(paths_.hub_dir());
      if (place != paths_.hub_dir()) fs::create_directory(paths_.hub_dir());
      plant(place);
      act();
    }
  }

  tests::SharedFolder folder_;
  tests::TempFolder mine_;
  const TorchPaths paths_{folder_ / "hub"};
  const RepositoryKey key_{"acme", "digits", "main"};
};

TEST_F(OwnFolderTest, IsReachedByLinksOfThisUsersAndRootsOnly) {
  for (const fs::path& place : places()) {
    EXPECT_FALSE(foreign_link(place / "x", paths_.hub_dir())) << place;
  }
  for_each_link([&] {
    int found = 0;
    for (const fs::path& place : places()) {
      const auto link = foreign_link(place / "x", paths_.hub_dir());
      if (!link) continue;
      ++found;
      EXPECT_EQ(link->owner, tests::kOtherUser);
      EXPECT_TRUE(fs::is_symlink(link->path)) << link->path;
      ASSERT_EQ(lchown(link->path.c_str(), 0, 0), 0);
      EXPECT_FALSE(foreign_link(place / "x", paths_.hub_dir()));
      EXPECT_TRUE(tests::holds_for_other_user(
          [&] { EXPECT_FALSE(foreign_link(place / "x", paths_.hub_dir())); }));
      give_away(link->path);
    }
    EXPECT_GT(found, 0);
  });
}

TEST_F(OwnFolderTest, IsFoundByTheNameOfTheCachesOwn) {
  plant(paths_.staging());
  EXPECT_EQ(foreign_link(paths_.staging() / "x")->path, paths_.staging());
  EXPECT_FALSE(foreign_link(paths_.retired()));
  // Where the cache lies was named by its user.
  plant(folder_ / "elsewhere");
  EXPECT_FALSE(foreign_link(folder_ / "elsewhere/x"));
  EXPECT_FALSE(foreign_link(folder_ / "elsewhere/hub/.torchhub/x"));
}

TEST_F(OwnFolderTest, IsNotMadeBehindALink) {
  plant(paths_.own_dir());
  const tests::Failure refused = failure_of([&] { make_own_folders(paths_.staging()); });
  EXPECT_EQ(refused.code.value(), EPERM);
  EXPECT_EQ(refused.sentence, paths_.own_dir().string() +
                                  ": is a symbolic link of another user's (uid 65534), and is not "
                                  "followed");
  plant(paths_.checkpoints());
  EXPECT_THAT(
      failure_of([&] { make_own_folders(paths_.checkpoints() / "x", paths_.hub_dir()); }).sentence,
      HasSubstr("checkpoints: is a symbolic link of another user's"));
  EXPECT_TRUE(fs::is_empty(mine_.path()));
  // A name that ends in a slash is the same folder's.
  EXPECT_THROW(make_own_folders(paths_.checkpoints(), paths_.hub_dir() / ""), Error);
}

TEST_F(OwnFolderTest, MayBeAnotherUsersAndALinkOfOnesOwn) {
  fs::create_directory(paths_.own_dir());
  give_away(paths_.own_dir());
  fs::create_directory_symlink(mine_.path(), paths_.staging());
  make_own_folders(paths_.staging() / "x");
  EXPECT_TRUE(fs::is_directory(mine_ / "x"));
}

TEST_F(OwnFolderTest, IsNotWrittenIntoBehindALink) {
  tests::write_file(folder_ / "x.pth", "x");
  const auto nothing_thrown = [](auto act) {
    EXPECT_EQ(failure_of(act).sentence, "(nothing was thrown)");
  };
  for_each_link([&] {
    const VerifiedFiles verified(paths_.stamps());
    nothing_thrown([&] { FileLock(paths_.repository_lock("x"), 0s); });
    nothing_thrown([&] { verified.remember(folder_ / "x.pth", std::string(64, '0')); });
    nothing_thrown([&] { verified.note_use(folder_ / "x.pth"); });
    nothing_thrown([&] { verified.forget(folder_ / "x.pth"); });
    nothing_thrown([&] { note_use(paths_, key_); });
    nothing_thrown([&] { take_inventory(paths_); });
    const auto attempt = [](auto act) {
      const std::string sentence = failure_of(act).sentence;
      EXPECT_TRUE(sentence == "(nothing was thrown)" ||
                  sentence.find("is a symbolic link of another user's") != sentence.npos)
          << sentence;
    };
    attempt([&] { write_record(paths_, key_, folder_.path(), {"", "tree"}); });
    attempt([&] { write_default_ref(paths_, key_); });
    attempt([&] { StagingFolder(paths_.staging(), "x"); });
    attempt([&] { add_to_trust_list(paths_.trusted_servers(), "s a/b"); });
    attempt([&] {
      const fs::path made = folder_ / "made";
      fs::create_directory(made);
      publish_folder(made, paths_.untrusted_repository(key_), paths_.retired());
    });
    fs::remove(folder_ / "made");
    EXPECT_TRUE(fs::is_empty(mine_.path()));
  });
}

TEST_F(OwnFolderTest, IsNotSweptBehindALink) {
  for_each_link([&] {
    const std::string partial = "x.pth." + std::string(32, 'a') + ".partial";
    for (const char* name : {"x", "staging/x", "retired/x", ".torchhub/retired/x", "checkpoints/y",
                             "x.pth.torchhub-part", "x.pth.torchhub-part-journal"})
      tests::write_file(mine_ / name, "precious");
    tests::write_file(mine_ / partial, "precious");
    tests::write_file(mine_ / "checkpoints" / partial, "precious");
    sweep_late();
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(mine_.path()))
      files += entry.is_regular_file() ? 1 : 0;
    EXPECT_EQ(files, 9u);
  });
}

TEST_F(OwnFolderTest, IsNotSweptWhereItIsAnotherUsers) {
  for (const fs::path& folder : {paths_.retired(), paths_.staging()}) {
    tests::write_file(folder / "x/y", "precious");
    give_away(folder);
    sweep_late();
    EXPECT_TRUE(fs::exists(folder / "x/y")) << folder;
    ASSERT_EQ(lchown(folder.c_str(), 0, 0), 0);
    sweep_late();
    EXPECT_FALSE(fs::exists(folder / "x")) << folder;
  }
}

TEST_F(OwnFolderTest, KeepsWhatIsAnotherUsersWhenItIsSwept) {
  tests::write_file(mine_ / "precious", "precious");
  tests::write_file(paths_.retired() / "theirs/y", "y");
  tests::write_file(paths_.retired() / "ours/theirs/y", "y");
  tests::write_file(paths_.retired() / "ours/z", "z");
  fs::create_directory_symlink(mine_.path(), paths_.retired() / "ours/link");
  tests::write_file(paths_.checkpoints() / "x.torchhub-part", "");
  give_away(paths_.checkpoints() / "x.torchhub-part");
  give_away(paths_.retired() / "theirs");
  give_away(paths_.retired() / "ours/theirs");
  sweep_late();
  EXPECT_TRUE(fs::exists(paths_.retired() / "theirs/y"));
  EXPECT_TRUE(fs::exists(paths_.retired() / "ours/theirs/y"));
  EXPECT_TRUE(fs::exists(paths_.checkpoints() / "x.torchhub-part"));
  EXPECT_FALSE(fs::exists(paths_.retired() / "ours/z"));
  EXPECT_FALSE(fs::is_symlink(paths_.retired() / "ours/link"));
  EXPECT_EQ(tests::read_file(mine_ / "precious"), "precious");
}

TEST_F(OwnFolderTest, IsSweptBehindALinkOfOnesOwn) {
  fs::create_directory_symlink(mine_.path(), paths_.own_dir());
  tests::write_file(paths_.retired() / "x/y/z", "z");
  sweep_late();
  EXPECT_FALSE(fs::exists(mine_ / "retired/x"));
}

TEST_F(OwnFolderTest, HoldsNothingBehindALink) {
  for_each_link([&] {
    tests::write_file(mine_ / "x.pth", "precious");
    tests::write_file(mine_ / "acme_digits_main/hubconf.py", "");
    const Inventory inventory = take_inventory(paths_);
    EXPECT_TRUE(inventory.checkpoints.empty());
    EXPECT_TRUE(inventory.repositories.empty());
    EXPECT_TRUE(recorded_repositories(paths_).empty());
  });
}

TEST_F(OwnFolderTest, KnowsNothingBehindALink) {
  tests::write_file(folder_ / "x.pth", "x");
  ASSERT_TRUE(VerifiedFiles(mine_.path()).remember(folder_ / "x.pth", std::string(64, '0')));
  plant(paths_.stamps());
  const VerifiedFiles verified(paths_.stamps());
  EXPECT_FALSE(verified.find(folder_ / "x.pth"));
  verified.forget(folder_ / "x.pth");
  ASSERT_EQ(lchown(paths_.stamps().c_str(), 0, 0), 0);
  EXPECT_TRUE(verified.find(folder_ / "x.pth"));
}

TEST_F(OwnFolderTest, TakesNoNoteOfAnotherUsers) {
  write_default_ref(paths_, key_);
  EXPECT_EQ(read_default_ref(paths_, "acme", "digits"), "main");
  give_away(paths_.own_dir() / "default_refs/acme_digits.json");
  EXPECT_EQ(read_default_ref(paths_, "acme", "digits"), "");

  fs::create_directory(paths_.repository(key_));
  write_record(paths_, key_, paths_.repository(key_), {"", "tree"});
  EXPECT_EQ(read_record(paths_, key_, paths_.repository(key_)).tree, "tree");
  give_away(paths_.repository_record("acme_digits_main"));
  EXPECT_EQ(read_record(paths_, key_, paths_.repository(key_)).tree, "");
  EXPECT_FALSE(key_of_folder(paths_, "acme_digits_main"));
  // Whoever made the folder may say what it is.
  give_away(paths_.repository(key_));
  EXPECT_EQ(read_record(paths_, key_, paths_.repository(key_)).tree, "tree");
  EXPECT_TRUE(key_of_folder(paths_, "acme_digits_main"));
  // What root wrote is for all.
  ASSERT_EQ(lchown(paths_.repository_record("acme_digits_main").c_str(), 0, 0), 0);
  EXPECT_TRUE(tests::holds_for_other_user(
      [&] { EXPECT_EQ(read_record(paths_, key_, paths_.repository(key_)).tree, "tree"); }));
}

TEST_F(OwnFolderTest, SetsNoTimesBehindALinkAtANotesName) {
  const VerifiedFiles verified(paths_.stamps());
  tests::write_file(folder_ / "x.pth", "x");
  tests::write_file(mine_ / "precious", "precious");
  ASSERT_TRUE(verified.remember(folder_ / "x.pth", std::string(64, '0')));
  write_record(paths_, key_, folder_.path(), {"", "tree"});
  const fs::file_time_type before = fs::last_write_time(mine_ / "precious") - 24h;
  fs::last_write_time(mine_ / "precious", before);
  for (const fs::path& note : {fs::directory_iterator(paths_.stamps())->path(),
                               paths_.repository_record("acme_digits_main")}) {
    fs::remove(note);
    fs::create_symlink(mine_ / "precious", note);
    give_away(note);
  }
  verified.note_use(folder_ / "x.pth");
  note_use(paths_, key_);
  EXPECT_EQ(fs::last_write_time(mine_ / "precious"), before);
}

}  // namespace
}  // namespace torchhub::cache
