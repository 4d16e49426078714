#include <torchhub/cache/error.h>
#include <torchhub/cache/folder.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace torchhub::cache {
namespace {

TEST(Folder, IsMadeWithItsParents) {
  const tests::TempFolder folder;
  make_folders(folder / "a/b/c");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
  make_folders(folder / "a/b/c");
}

TEST(Folder, CannotBeMadeInAFile) {
  const tests::TempFolder folder;
  tests::write_file(folder / "file", "x");
  const tests::Failure failure = tests::failure_of([&] { make_folders(folder / "file/a"); });
  EXPECT_EQ(failure.code, boost::system::errc::not_a_directory);
  EXPECT_THAT(failure.sentence, testing::HasSubstr("file/a"));
}

TEST(Folder, IsPublished) {
  const tests::TempFolder folder;
  tests::write_file(folder / "made/x", "new");
  publish_folder(folder / "made", folder / "places/here", folder / "retired");
  EXPECT_EQ(tests::read_file(folder / "places/here/x"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "made"));
}

TEST(Folder, ReplacesAnotherWhole) {
  const tests::TempFolder folder;
  tests::write_file(folder / "here/x", "old");
  tests::write_file(folder / "here/only_old", "old");
  tests::write_file(folder / "made/x", "new");
  const int reader = ::open((folder / "here").c_str(), O_PATH | O_DIRECTORY);
  publish_folder(folder / "made", folder / "here", folder / "retired");
  EXPECT_EQ(tests::read_file(folder / "here/x"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "here/only_old"));
  EXPECT_FALSE(std::filesystem::exists(folder / "made"));
  // Who was in the old one finds all of it there, also what it had not opened yet.
  const int file = ::openat(reader, "only_old", O_RDONLY);
  std::array<char, 3> text{};
  EXPECT_EQ(::read(file, text.data(), text.size()), 3);
  ::close(file);
  ::close(reader);
}

TEST(Folder, TakesThePlaceOfALinkAndLeavesWhereItLed) {
  const tests::TempFolder folder;
  tests::write_file(folder / "elsewhere/x", "theirs");
  tests::write_file(folder / "made/x", "new");
  std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "here");
  publish_folder(folder / "made", folder / "here", folder / "retired");
  EXPECT_EQ(tests::read_file(folder / "here/x"), "new");
  EXPECT_EQ(tests::read_file(folder / "elsewhere/x"), "theirs");
}

TEST(Folder, StaysAsItWasIfThereIsNothingToPublish) {
  const tests::TempFolder folder;
  tests::write_file(folder / "here/x", "old");
  EXPECT_EQ(tests::failure_of([&] {
              publish_folder(folder / "nothing", folder / "here", folder / "r");
            }).code,
            boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(tests::read_file(folder / "here/x"), "old");
}

TEST(Folder, IsPublishedWithManyFiles) {
  const tests::TempFolder folder;
  for (int i = 0; i < 200; ++i)
    tests::write_file(folder / "made" / std::to_string(i % 7) / std::to_string(i), "new");
  publish_folder(folder / "made", folder / "here", folder / "retired");
  EXPECT_EQ(tests::read_file(folder / "here/6/195"), "new");
}

TEST(Folder, TakesThePlaceOfNoFileOrFifo) {
  const tests::TempFolder folder;
  tests::write_file(folder / "made/x", "new");
  tests::write_file(folder / "file", "theirs");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0666), 0);
  for (const char* name : {"file", "fifo"}) {
    const tests::Failure failure = tests::failure_of(
        [&] { publish_folder(folder / "made", folder / name, folder / "retired"); });
    EXPECT_EQ(failure.code, boost::system::errc::not_a_directory) << name;
    EXPECT_FALSE(std::filesystem::is_directory(folder / name)) << name;
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "made/x"));
}

TEST(StagingFolder, IsOfItsOwnAndGoes) {
  const tests::TempFolder folder;
  std::filesystem::path first;
  {
    const StagingFolder one(folder / "staging", "a_b_c");
    const StagingFolder other(folder / "staging", "a_b_c");
    first = one.path();
    EXPECT_NE(one.path(), other.path());
    // Nobody else has anything to do there.
    EXPECT_EQ(std::filesystem::status(one.path()).permissions(), std::filesystem::perms::owner_all);
    tests::write_file(one.path() / "x", "half");
  }
  EXPECT_FALSE(std::filesystem::exists(first));
}

}  // namespace
}  // namespace torchhub::cache
