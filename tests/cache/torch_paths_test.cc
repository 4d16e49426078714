#include <torchhub/cache/torch_paths.h>

#include <gtest/gtest.h>

namespace torchhub::cache {
namespace {

const TorchPaths kPaths("/h");

TEST(TorchPaths, FilesRepositoriesAsTorchHubDoes) {
  EXPECT_EQ(kPaths.repository({"a", "b", "c"}), "/h/a_b_c");
  EXPECT_EQ(kPaths.repository({"a", "b", "c/d"}), "/h/a_b_c_d");
  EXPECT_EQ(kPaths.repository({"a", "b", "refs/tags/v1"}), "/h/a_b_refs_tags_v1");
  EXPECT_EQ(kPaths.repository({"A", "B.git", "v1.0"}), "/h/A_B.git_v1.0");
}

TEST(TorchPaths, FilesTheRestAsTorchHubDoes) {
  EXPECT_EQ(kPaths.checkpoint("x.pth"), "/h/checkpoints/x.pth");
  EXPECT_EQ(kPaths.trusted_list(), "/h/trusted_list");
  EXPECT_EQ(RepositoryKey("acme", "digits", "v1").trust_entry(), "acme_digits");
}

TEST(TorchPaths, HasANameOfItsOwnBesideTheLongestFolder) {
  const std::string longest(255, 'x');
  const std::string other = longest.substr(1) + 'y';
  for (const auto path : {&TorchPaths::repository_lock, &TorchPaths::repository_record}) {
    for (std::size_t size = 240; size <= 255; ++size)
      EXPECT_LE((kPaths.*path)(longest.substr(0, size)).filename().string().size(), 255u) << size;
    EXPECT_NE((kPaths.*path)(longest), (kPaths.*path)(other));
    EXPECT_NE((kPaths.*path)(longest), (kPaths.*path)(longest.substr(1)));
  }
  // What fits stays readable.
  EXPECT_EQ(kPaths.repository_lock(longest.substr(5)).filename(), longest.substr(5) + ".lock");
}

// torch.hub takes a folder H/owner_name_ref for trust in owner/name: nothing of ours may look like
// one.
TEST(TorchPaths, KeepsItsOwnInOneFolderThatGrantsNoTrust) {
  const RepositoryKey key("a", "b", "c");
  for (const std::filesystem::path& path :
       {kPaths.untrusted_repository(key), kPaths.repository_lock("a_b_c"), kPaths.staging(),
        kPaths.retired(), kPaths.quarantine(), kPaths.stamps(),
        kPaths.repository_record("a_b_c")}) {
    EXPECT_EQ(*path.lexically_relative("/h").begin(), ".torchhub") << path;
  }
  EXPECT_EQ(kPaths.own_dir().filename().string().find('_'), std::string::npos);
}

}  // namespace
}  // namespace torchhub::cache
