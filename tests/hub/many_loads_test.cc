// A long-running program: what is loaded and dropped again and again leaves nothing behind.

#include <torchhub/hub/load.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>

namespace torchhub {
namespace {

constexpr int kLoads = 10'000;
constexpr int kWarmUp = 2'000;
// A sanitizer keeps what was freed for a while.
constexpr std::int64_t kMostGrowth = tests::kIsSanitized ? 300 << 20 : 8 << 20;

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::int64_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

// Whether memory and open files stay what they were after a while.
template <class Load>
void expect_flat(Load load) {
  std::int64_t resident = 0, files = 0;
  for (int i = 0; i < kLoads; ++i) {
    if (i == kWarmUp) {
      resident = resident_bytes();
      files = open_files();
    }
    load();
  }
  EXPECT_LE(resident_bytes() - resident, kMostGrowth);
  EXPECT_EQ(open_files(), files);
}

TEST(ManyLoads, OfAModelLeaveNothing) {
  const tests::TempFolder home;
  tests::write_file(home / "r/hubconf.py", R"(
import torch
from layers import Net
dependencies = ['torch']
def net(): return Net()
)");
  tests::write_file(home / "r/layers.py", R"(
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(64, 64)
    def forward(self, x):
        from helpers import double
        return double(self.linear(x))
)");
  tests::write_file(home / "r/helpers.py", "def double(x): return x * 2\n");
  tests::HubServer server;
  server.add_branch("acme/net", "main", home / "r");
  tests::write_file(home / "ca.pem", server.authority());
  const tests::ScopedVariable trust("SSL_CERT_FILE", home / "ca.pem");
  Context context{cache::TorchPaths(home / "hub")};
  GithubEndpoints github;
  github.web = server.url();
  github.api = server.api_url();
  context.github(github);
  const at::Tensor input = at::ones({1, 64});
  expect_flat([&] {
    const Model model =
        load("acme/net", "net", Arguments(), LoadOptions().trust_repo(true), context);
    ASSERT_EQ(model.forward(input).numel(), 64);
  });
}

TEST(ManyLoads, OfAStateDictLeaveNothing) {
  expect_flat([] {
    const StateDict weights =
        load_state_dict("hub/examples/digits_release/digit_reader-c0f7955a.pth");
    ASSERT_EQ(weights.at("scores.bias").numel(), 10);
  });
}

}  // namespace
}  // namespace torchhub
