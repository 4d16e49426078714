// Checkpoints in several files, got by the URL of their index.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/lock.h>
#include <torchhub/net/error.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using tests::failure_of;

constexpr const char* kFirst = "model-00001-of-00002.safetensors";
constexpr const char* kSecond = "model-00002-of-00002.safetensors";

// A file with one tensor of one element.
std::string safetensors(const std::string& name, const std::string& four_bytes) {
  const std::string header =
      R"({")" + name + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  return static_cast<char>(header.size()) + std::string(7, '\0') + header + four_bytes;
}

class ShardedCheckpointTest : public testing::Test {
 protected:
  ShardedCheckpointTest() {
    publish("/one/model", "abcd");
    publish("/two/model", "efgh");
  }

  void publish(const std::string& place, const std::string& element) {
    server_.answer(place + "/main/model.safetensors.index.json",
                   {.body = std::string(R"({"weight_map":{"a":")") + kFirst + R"(","b":")" +
                            kSecond + R"("}})"});
    server_.answer(place + "/main/" + kFirst, {.body = safetensors("a", element)});
    server_.answer(place + "/main/" + kSecond, {.body = safetensors("b", element)});
  }

  std::string url(const std::string& place) const {
    return server_.url() + place + "/main/model.safetensors.index.json";
  }

  // The bytes of `name`, from the file that the index at `url` leads to.
  std::string element_of(const std::string& url, const std::string& name) const {
    const auto checkpoint =
        archive::open_checkpoint(get_checkpoint_file(url, CheckpointFileOptions(), context_));
    const auto bytes = checkpoint.bytes(*checkpoint.find(name));
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  tests::HubServer server_{tests::HubServer::Transport::plain};
  tests::TempFolder home_;
  const cache::TorchPaths paths_{home_ / "hub"};
  Context context_{paths_};
};

TEST_F(ShardedCheckpointTest, BringsItsShards) {
  EXPECT_EQ(element_of(url("/one/model") + "?download=true", "b"), "abcd");
  const std::size_t requests = server_.requests().size();
  EXPECT_EQ(element_of(url("/one/model"), "a"), "abcd");
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(ShardedCheckpointTest, IsKeptApartFromOthersWhoseShardsHaveTheSameNames) {
  EXPECT_EQ(element_of(url("/one/model"), "a"), "abcd");
  EXPECT_EQ(element_of(url("/two/model"), "a"), "efgh");
  EXPECT_EQ(element_of(url("/one/model"), "a"), "abcd");
  EXPECT_NE(checkpoint_path(url("/one/model"), CheckpointFileOptions(), context_),
            checkpoint_path(url("/two/model"), CheckpointFileOptions(), context_));
}

TEST_F(ShardedCheckpointTest, LiesWhereTheCallerWantsIt) {
  const auto options = CheckpointFileOptions().model_dir(home_ / "mine");
  EXPECT_EQ(get_checkpoint_file(url("/one/model"), options, context_),
            home_ / "mine/model.safetensors.index.json");
  EXPECT_TRUE(fs::exists(home_ / "mine" / kSecond));
}

TEST_F(ShardedCheckpointTest, MayHaveItsShardsInSubfolders) {
  server_.answer("/one/model/main/model.safetensors.index.json",
                 {.body = R"({"weight_map":{"a":"x/y/1.safetensors"}})"});
  server_.answer("/one/model/main/x/y/1.safetensors", {.body = safetensors("a", "wxyz")});
  const auto options = CheckpointFileOptions().model_dir(home_ / "mine");
  const fs::path index = get_checkpoint_file(url("/one/model"), options, context_);
  EXPECT_TRUE(fs::exists(home_ / "mine/x/y/1.safetensors"));
  EXPECT_EQ(archive::open_checkpoint(index).bytes("a").size(), 4u);
  // Nothing is written where a folder's link leads out.
  fs::remove_all(home_ / "mine/x");
  fs::create_directory(home_ / "other");
  fs::create_directory_symlink(home_ / "other", home_ / "mine/x");
  EXPECT_EQ(failure_of([&] { get_checkpoint_file(url("/one/model"), options, context_); }).code,
            archive::errc::unsafe_name);
  EXPECT_TRUE(fs::is_empty(home_ / "other"));
}

TEST_F(ShardedCheckpointTest, WithoutAShardSaysWhich) {
  server_.answer(std::string("/one/model/main/") + kSecond, {.status = 404});
  const tests::Failure failure = failure_of([&] { element_of(url("/one/model"), "a"); });
  EXPECT_EQ(failure.code, net::errc_of_status(404));
  EXPECT_THAT(failure.sentence, HasSubstr(kSecond));
}

TEST_F(ShardedCheckpointTest, WhoseIndexLeadsElsewhereBringsNothing) {
  server_.answer("/one/model/main/model.safetensors.index.json",
                 {.body = R"({"weight_map":{"a":"../../two/model/main/x.safetensors"}})"});
  EXPECT_EQ(failure_of([&] { element_of(url("/one/model"), "a"); }).code,
            archive::errc::damaged_checkpoint);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(ShardedCheckpointTest, IsPinnedWhole) {
  LockFile pins;
  lock(pins, {url("/one/model")}, LockOptions(), context_);
  EXPECT_EQ(pins.urls.size(), 3u);
  server_.answer(std::string("/one/model/main/") + kSecond, {.body = safetensors("b", "ABCD")});

  Context elsewhere{cache::TorchPaths(home_ / "elsewhere")};
  elsewhere.lock_file(pins);
  EXPECT_EQ(failure_of([&] {
              get_checkpoint_file(url("/one/model"), CheckpointFileOptions(), elsewhere);
            }).code,
            errc::pin_mismatch);

  // Moved as a whole, too: a shard is not looked for as a file of its own.
  const auto changes = lock(pins, {}, LockOptions().update(true), context_);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_THAT(changes[0].name, HasSubstr(kSecond));
  EXPECT_FALSE(fs::exists(paths_.checkpoint(kSecond)));
}

}  // namespace
}  // namespace torchhub
