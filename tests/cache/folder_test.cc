#include <torchhub/cache/error.h>
#include <torchhub/cache/folder.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

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
  publish_folder(folder / "made", folder / "places/here");
  EXPECT_EQ(tests::read_file(folder / "places/here/x"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "made"));
}

TEST(Folder, ReplacesAnotherWhole) {
  const tests::TempFolder folder;
  tests::write_file(folder / "here/x", "old");
  tests::write_file(folder / "here/only_old", "old");
  tests::write_file(folder / "made/x", "new");
  std::ifstream reader(folder / "here/x");
  publish_folder(folder / "made", folder / "here");
  EXPECT_EQ(tests::read_file(folder / "here/x"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "here/only_old"));
  EXPECT_FALSE(std::filesystem::exists(folder / "made"));
  // Who had opened the old one reads on in it.
  std::string text;
  reader >> text;
  EXPECT_EQ(text, "old");
}

TEST(Folder, StaysAsItWasIfThereIsNothingToPublish) {
  const tests::TempFolder folder;
  tests::write_file(folder / "here/x", "old");
  EXPECT_EQ(tests::failure_of([&] { publish_folder(folder / "nothing", folder / "here"); }).code,
            boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(tests::read_file(folder / "here/x"), "old");
}

}  // namespace
}  // namespace torchhub::cache
