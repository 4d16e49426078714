// A hub directory in which another user was first: his links lead nothing out of it, and each is named.

#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/repository.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/other_user.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::failure_of;

class PlantedCacheTest : public testing::Test {
 protected:
  PlantedCacheTest() {
    tests::write_file(mine_ / "source/hubconf.py", "def model(): pass\n");
    server_.add_branch("acme/digits", "main", mine_ / "source");
    server_.answer("/weights.pth", {.body = "\1abc"});
    GithubEndpoints github;
    github.web = server_.url();
    github.api = server_.api_url();
    context_.github(github);
    fs::create_directory(precious_);
  }
  void SetUp() override {
    if (!tests::has_other_user()) GTEST_SKIP() << tests::kNoOtherUser;
  }

  void plant(const fs::path& place) {
    fs::create_directories(place.parent_path());
    fs::create_directory_symlink(precious_, place);
    ASSERT_EQ(lchown(place.c_str(), tests::kOtherUser, tests::kOtherUser), 0);
  }

  std::string failure_of_fetching() {
    return failure_of([&] { get_repository(context_, "acme/digits:main", FetchOptions()); })
        .sentence;
  }
  std::string failure_of_checkpoint() {
    return failure_of([&] {
             get_checkpoint_file(server_.url() + "/weights.pth", CheckpointFileOptions(), context_);
           })
        .sentence;
  }

  tests::HubServer server_{tests::HubServer::Transport::plain};
  tests::TempFolder mine_;
  tests::SharedFolder home_;
  const fs::path precious_ = mine_ / "precious";
  const cache::TorchPaths paths_{home_ / "hub"};
  Context context_{paths_};
};

TEST_F(PlantedCacheTest, IsRefusedWhereAFolderIsALink) {
  for (const fs::path& place :
       {paths_.hub_dir(), paths_.own_dir(), paths_.staging(), paths_.untrusted()}) {
    fs::remove_all(paths_.hub_dir());
    plant(place);
    EXPECT_EQ(failure_of_fetching(), place.string() +
                                         ": is a symbolic link of another user's (uid 65534), and "
                                         "is not followed");
    EXPECT_TRUE(fs::is_empty(precious_)) << place;
  }
  for (const fs::path& place : {paths_.hub_dir(), paths_.checkpoints()}) {
    fs::remove_all(paths_.hub_dir());
    plant(place);
    EXPECT_EQ(failure_of_checkpoint(), place.string() +
                                           ": is a symbolic link of another user's (uid 65534), "
                                           "and is not followed");
    EXPECT_TRUE(fs::is_empty(precious_)) << place;
  }
}

TEST_F(PlantedCacheTest, IsDoneWithoutWhatOnlyHelps) {
  for (const fs::path& place :
       {paths_.repository_lock("x").parent_path(), paths_.repository_record("x").parent_path(),
        paths_.stamps(), paths_.quarantine(), paths_.own_dir() / "default_refs"}) {
    fs::remove_all(paths_.hub_dir());
    plant(place);
    EXPECT_EQ(failure_of_fetching(), "(nothing was thrown)") << place;
    EXPECT_EQ(failure_of_checkpoint(), "(nothing was thrown)") << place;
    EXPECT_TRUE(fs::is_empty(precious_)) << place;
  }
}

TEST_F(PlantedCacheTest, LeadsNowhereAsAStoreOfContents) {
  const fs::path store = home_ / "store";
  constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const cache::ContentPaths paths(store);
  for (const fs::path& place : {store, store / "stamps", store / "cas", store / "cas/sha256",
                                paths.blob(kAbc).parent_path()}) {
    fs::remove_all(store);
    plant(place);
    const Context context = Context(paths_).content_store(paths);
    get_checkpoint_file(server_.url() + "/weights.pth", CheckpointFileOptions().force_reload(true),
                        context);
    EXPECT_TRUE(fs::is_empty(precious_)) << place;
  }
  // Nor is anything taken from there.
  tests::write_file(cache::ContentPaths(precious_).blob(kAbc), "abc");
  fs::remove_all(store);
  plant(store);
  LockFile pins;
  pins.urls[server_.url() + "/pinned.pth"] = {kAbc, 3};
  const Context offline = Context(paths_).content_store(paths).lock_file(pins).offline(true);
  const auto take = [&] {
    get_checkpoint_file(server_.url() + "/pinned.pth", CheckpointFileOptions(), offline);
  };
  EXPECT_EQ(failure_of(take).code, errc::offline);
  ASSERT_EQ(lchown(store.c_str(), 0, 0), 0);
  EXPECT_EQ(failure_of(take).sentence, "(nothing was thrown)");
}

TEST_F(PlantedCacheTest, MayBeWhereALinkOfOnesOwnLeads) {
  fs::create_directory_symlink(precious_, paths_.hub_dir());
  EXPECT_EQ(failure_of_fetching(), "(nothing was thrown)");
  EXPECT_EQ(failure_of_checkpoint(), "(nothing was thrown)");
  EXPECT_TRUE(fs::exists(precious_ / "checkpoints/weights.pth"));
}

TEST_F(PlantedCacheTest, MayBeAnotherUsersFolders) {
  for (const fs::path& folder : {paths_.own_dir(), paths_.staging(), paths_.untrusted(),
                                 paths_.stamps(), paths_.checkpoints()}) {
    fs::create_directories(folder);
    ASSERT_EQ(lchown(folder.c_str(), tests::kOtherUser, tests::kOtherUser), 0);
  }
  EXPECT_EQ(failure_of_fetching(), "(nothing was thrown)");
  EXPECT_EQ(failure_of_checkpoint(), "(nothing was thrown)");
}

}  // namespace
}  // namespace torchhub
