#include <torchhub/hub/hub.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

// A hub repository of one function; it is the user's own, so nobody is asked for trust.
fs::path repository() {
  const fs::path folder = testing::TempDir() + "/cmake_repository";
  fs::create_directories(folder);
  std::ofstream(folder / "hubconf.py") << "import torch\n"
                                          "dependencies = ['torch']\n"
                                          "def doubler(factor=2.0):\n"
                                          "    class Doubler(torch.nn.Module):\n"
                                          "        def forward(self, x):\n"
                                          "            return x * factor\n"
                                          "    return Doubler()\n";
  return folder;
}

const torchhub::FetchOptions kLocal = torchhub::FetchOptions().source(torchhub::Source::local);

TEST(Hub, Lists) {
  const auto entries = torchhub::list(repository().native(), torchhub::ListOptions().fetch(kLocal));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].name, "doubler");
}

TEST(Hub, LoadsAndRuns) {
  const torchhub::Model model =
      torchhub::load(repository().native(), "doubler", torchhub::Arguments().keyword("factor", 3.0),
                     torchhub::LoadOptions().fetch(kLocal));
  const at::Tensor input = at::rand({2, 3});
  EXPECT_TRUE(at::equal(model.forward(input), at::mul(input, 3.0)));
}

TEST(Hub, ThrowsWhatItSays) { EXPECT_THROW(torchhub::list("no repository"), torchhub::Error); }

}  // namespace
