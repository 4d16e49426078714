#include <torchhub/cache/content_paths.h>
#include <torchhub/cache/share_file.h>
#include <torchhub/cache/torch_paths.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <filesystem>

namespace torchhub::cache {
namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(ContentPaths, GoByTheDigest) {
  const std::string digest = "ab" + std::string(62, '0');
  const ContentPaths store("/s");
  EXPECT_EQ(store.blob(digest), "/s/cas/sha256/ab/" + digest);
  EXPECT_EQ(store.checkpoint(CheckpointKey("x.pth", digest)), store.blob(digest));
  EXPECT_EQ(store.checkpoint(CheckpointKey("x.pth")), "");
}

TEST(ShareFile, PutsOneContentAtTwoPlaces) {
  const tests::TempFolder folder;
  tests::write_file(folder / "a", "content");
  tests::write_file(folder / "b/c", "what was there");
  const Shared how = share_file(folder / "a", folder / "b/c");
  EXPECT_EQ(tests::read_file(folder / "b/c"), "content");
  EXPECT_EQ(fs::equivalent(folder / "a", folder / "b/c"), how == Shared::hard_link);
  EXPECT_EQ(files_in(folder / "b"), 1u);
  // Once more, onto itself.
  share_file(folder / "a", folder / "b/c");
  EXPECT_EQ(files_in(folder / "b"), 1u);
}

TEST(ShareFile, CopiesToAnotherFileSystem) {
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "there is no second file system";
  const tests::TempFolder folder;
  tests::write_file(folder / "a", std::string(1 << 20, 'x'));
  const fs::path there = "/dev/shm/" + folder.path().filename().string();
  EXPECT_EQ(share_file(folder / "a", there / "b"), Shared::copy);
  EXPECT_EQ(tests::read_file(there / "b"), std::string(1 << 20, 'x'));
  EXPECT_EQ(files_in(there), 1u);
  fs::remove_all(there);
}

TEST(ShareFile, LeavesNothingOfAFailure) {
  const tests::TempFolder folder;
  fs::create_directories(folder / "b");
  EXPECT_EQ(tests::failure_of([&] { share_file(folder / "nothing", folder / "b/c"); }).code,
            boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(files_in(folder / "b"), 0u);
}

TEST(ShareFile, TakesACheckpointFromOnePolicyToAnother) {
  const tests::TempFolder folder;
  const std::string digest = "ab" + std::string(62, '0');
  const TorchPaths torch(folder / "hub");
  const ContentPaths store(folder / "store");
  tests::write_file(torch.checkpoint("x.pth"), "content");
  EXPECT_TRUE(share_checkpoint(torch, store, CheckpointKey("x.pth", digest)));
  EXPECT_EQ(tests::read_file(store.blob(digest)), "content");
  EXPECT_FALSE(share_checkpoint(torch, store, CheckpointKey("x.pth")));
  EXPECT_FALSE(share_checkpoint(torch, store, CheckpointKey("y.pth", digest)));
  const TorchPaths other(folder / "other");
  EXPECT_TRUE(share_checkpoint(store, other, CheckpointKey("z.pth", digest)));
  EXPECT_EQ(tests::read_file(other.checkpoint("z.pth")), "content");
}

TEST(ShareFile, GoesWhereALinkLeads) {
  const tests::TempFolder folder;
  tests::write_file(folder / "a", "content");
  tests::write_file(folder / "there/file", "before");
  fs::create_symlink("there/file", folder / "link");
  share_file(folder / "a", folder / "link");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(tests::read_file(folder / "there/file"), "content");
  EXPECT_EQ(tests::failure_of([&] { share_file(folder / "a", folder / "there"); }).code,
            boost::system::errc::is_a_directory);
}

}  // namespace
}  // namespace torchhub::cache
