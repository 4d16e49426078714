// Published architectures through the whole path: weights that Python saved, the model loaded by a
// hubconf.py, its outputs equal to Python's to the bit, and exported, run with no Python in the process.
//
// Exporting takes a while: two of them are, by default, or all of the list with
//
//   third_party/bazel test //tests/interop:pytorchcv_test --test_env=TORCHHUB_EXPORT_ALL=1
//       --test_timeout=3600 --test_output=all

#include <torchhub/hub/hub.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

namespace torchhub {
namespace {

const std::vector<std::string> kArchitectures = {
    // Those that are exported, the small ones first.
    "mobilenet_wd4", "squeezenet_v1_1", "fdmobilenet_wd4", "mobilenetv2_wd4", "shufflenetv2_wd2",
    "resnet10", "seresnet10", "resnext14_16x4d", "mobilenetv3_small_w7d20", "peleenet",
    "darknet_ref",
    // And the rest. (mnasnet_small's outputs are in the thousands with random weights: exported, it
    // differs by 3e-3.)
    "mnasnet_small", "resnet18_wd4", "preresnet10", "sepreresnet10", "squeezeresnet_v1_1",
    "sqnxt23_w1", "shufflenet_g1_wd4", "menet108_8x1_g3", "igcv3_wd4", "spnasnet",
    "efficientnet_b0", "ghostnet", "hardnet39ds"};
constexpr std::size_t kExported = 11;
constexpr std::size_t kExportedByDefault = 2;

constexpr const char* kHubconf = R"(
dependencies = ['torch', 'pytorchcv']
import torch

def build(name, weights):
    "One of pytorchcv's architectures with the weights of a file."
    from pytorchcv.model_provider import get_model
    model = get_model(name)
    model.load_state_dict(torch.load(weights))
    return model.eval()
)";

bool has_pytorchcv() {
  return tests::run({TORCHHUB_PYTHON_EXECUTABLE, "-c", "import pytorchcv"}).status == 0;
}

class PytorchcvTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_pytorchcv()) GTEST_SKIP() << "this Python has no pytorchcv";
    at::set_num_threads(1);
    tests::write_file(folder_ / "repository/hubconf.py", kHubconf);
    std::vector<std::string> command = {TORCHHUB_PYTHON_EXECUTABLE, "tests/interop/write_models.py",
                                        folder_.path()};
    command.insert(command.end(), kArchitectures.begin(), kArchitectures.end());
    const tests::Outcome outcome = tests::run(command);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    input_ = load_state_dict(folder_ / "input.pt").begin()->second;
  }

  std::string weights_of(const std::string& name) const { return folder_ / (name + ".pth"); }

  at::Tensor python_output(const std::string& name) const {
    return load_state_dict(folder_ / (name + ".output.pt")).begin()->second;
  }

  Model load_model(const std::string& name) const {
    return load((folder_ / "repository").string(), "build",
                Arguments().positional(name).keyword("weights", weights_of(name)),
                LoadOptions().fetch(FetchOptions().source(Source::local)),
                Context(cache::TorchPaths(folder_ / "hub")));
  }

  tests::TempFolder folder_;
  at::Tensor input_;
};

TEST_F(PytorchcvTest, IsInCppWhatItIsInPython) {
  ASSERT_GE(kArchitectures.size(), 20u);
  for (const std::string& name : kArchitectures) {
    SCOPED_TRACE(name);
    const Model model = load_model(name);
    const StateDict state = load_state_dict(weights_of(name));
    const StateDict python_state = model.state_dict();
    ASSERT_EQ(state.size(), python_state.size());
    for (const auto& [key, tensor] : state)
      EXPECT_TRUE(at::equal(tensor, python_state.at(key))) << key;
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::equal(model.forward(input_), python_output(name)));
  }
}

TEST_F(PytorchcvTest, RunsWithoutPythonOnceItIsExported) {
  const bool all = std::getenv("TORCHHUB_EXPORT_ALL") != nullptr;
  std::size_t most = all ? kExported : kExportedByDefault;
  std::cout
      << "architecture                 format        seconds  megabytes  largest difference\n";
  for (const std::string& name : kArchitectures) {
    if (most-- == 0) break;
    SCOPED_TRACE(name);
    const std::string file = folder_ / (name + ".pt2");
    const auto begin = std::chrono::steady_clock::now();
    load_model(name).export_to(file, {input_});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    const tests::Outcome outcome = tests::run(
        {"hub/cli/torchhub", "run", file, folder_ / "input.pt", "--output", folder_ / "out.pt"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const at::Tensor output = load_state_dict(folder_ / "out.pt").begin()->second;
    const double difference = (output - python_output(name)).abs().max().item<double>();
    EXPECT_LE(difference, 1e-4);
    const bool is_script = open_exported_model(file).format() == ExportFormat::torchscript;
    std::printf("%-28s %-13s %7.1f  %9.1f  %g\n", name.c_str(),
                is_script ? "torchscript" : "aot_inductor", taken.count(),
                static_cast<double>(std::filesystem::file_size(file)) / 1e6, difference);
  }
}

}  // namespace
}  // namespace torchhub
