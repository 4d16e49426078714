#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/hub.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "net/url.h"
#include "python/error.h"

namespace {

class HubConsumer : public testing::Test {
 protected:
  // A cache of its own with the weights in it, as Python's torch.hub would have left them.
  HubConsumer() {
    const std::filesystem::path home = testing::TempDir() + "/torch";
    const std::filesystem::path checkpoints = home / "hub/checkpoints";
    std::filesystem::create_directories(checkpoints);
    std::filesystem::copy_file(weights, checkpoints / weights.filename(),
                               std::filesystem::copy_options::overwrite_existing);
    ::setenv("TORCH_HOME", home.c_str(), 1);
    ::setenv("TORCHHUB_OFFLINE", "1", 1);
  }

  torchhub::Model load() const {
    return torchhub::load(
        repository, "digit_reader", torchhub::Arguments().keyword("pretrained", true),
        torchhub::LoadOptions().fetch(torchhub::FetchOptions().source(torchhub::Source::local)));
  }

  const std::filesystem::path package = std::getenv("PACKAGE");
  const std::string repository = std::getenv("REPOSITORY");
  const std::filesystem::path weights = std::getenv("WEIGHTS");
};

TEST_F(HubConsumer, ListsThePinnedRepository) {
  const auto entries = torchhub::list(
      repository,
      torchhub::ListOptions().fetch(torchhub::FetchOptions().source(torchhub::Source::local)));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].name, "digit_reader");
}

// Its tree has BUILD files, a program and a link, as it had when it was pinned: its digest says so.
TEST_F(HubConsumer, FindsAPinnedTreeAsItWas) {
  namespace fs = std::filesystem;
  const fs::path odd = std::getenv("ODD");
  EXPECT_TRUE(fs::exists(odd / "BUILD.bazel"));
  EXPECT_FALSE(fs::exists(odd / "__pycache__"));
  EXPECT_FALSE(fs::exists(odd / "BUILD/old.pyc"));
  const fs::perms permissions = fs::status(odd / "link").permissions();
  EXPECT_NE(permissions & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(HubConsumer, OpensThePinnedWeights) {
  EXPECT_EQ(torchhub::archive::open_checkpoint(weights).tensors().size(), 6U);
}

TEST_F(HubConsumer, HasWeightsThatTheServerShowsToWhomItKnows) {
  EXPECT_EQ(std::filesystem::file_size(std::getenv("PRIVATE_WEIGHTS")), 7U);
}

TEST_F(HubConsumer, RunsThePackageThatTheBuildExported) {
  const torchhub::ExportedModel exported = torchhub::open_exported_model(package);
  const at::Tensor images = at::rand({3, 8, 8});
  const at::Tensor expected = load().forward(images);
  const at::Tensor got = exported.forward(images);
  EXPECT_EQ(got.sizes(), expected.sizes());
  EXPECT_TRUE(at::allclose(got, expected, 1e-4, 1e-5));
}

TEST_F(HubConsumer, HasItsOwnFoldersAndZlib) {
  EXPECT_STREQ(monorepo::kOwnNet, "the monorepo's net");
  EXPECT_STREQ(monorepo::kOwnPython, "the monorepo's python");
#ifndef MONOREPO_ZLIB
  FAIL() << "torchhub was built with another zlib than the monorepo's";
#endif
}

}  // namespace
