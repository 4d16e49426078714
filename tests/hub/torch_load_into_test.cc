#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_load_into.h>
#include <torchhub/tests/support/errors.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

namespace torchhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::failure_of;

struct Net : torch::nn::Module {
  Net() {
    linear = register_module("linear", torch::nn::Linear(2, 3));
    norm = register_module("norm", torch::nn::BatchNorm1d(3));
  }
  torch::nn::Linear linear{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};
};

torch::jit::Module script_net() {
  torch::jit::Module module("Net");
  module.register_parameter("weight", at::zeros({3, 2}), false);
  module.register_buffer("scale", at::zeros({}));
  module.define(
      "def forward(self, x):\n    return torch.matmul(x, self.weight.t()) * self.scale\n");
  return module;
}

std::vector<std::pair<std::string, at::Tensor>> tensors_of_net() {
  return {{"linear.weight", at::full({3, 2}, 1.5)},
          {"linear.bias", at::full({3}, 2.5)},
          {"norm.weight", at::full({3}, 3.5)},
          {"norm.bias", at::full({3}, 4.5)},
          {"norm.running_mean", at::full({3}, 5.5)},
          {"norm.running_var", at::full({3}, 6.5)},
          {"norm.num_batches_tracked", at::full({}, 7, at::kLong)}};
}

TEST(LoadInto, FillsParametersAndBuffers) {
  Net net;
  const StateDict weights(tensors_of_net());
  const IncompatibleKeys keys = load_into(net, weights);
  EXPECT_THAT(keys.missing, IsEmpty());
  EXPECT_THAT(keys.unexpected, IsEmpty());
  EXPECT_TRUE(at::equal(net.linear->weight, weights.at("linear.weight")));
  EXPECT_NE(net.linear->weight.data_ptr(), weights.at("linear.weight").data_ptr());
  EXPECT_TRUE(net.linear->weight.requires_grad());
  EXPECT_EQ(net.norm->num_batches_tracked.item<std::int64_t>(), 7);
}

TEST(LoadInto, AssignsWithoutACopy) {
  Net net;
  const StateDict weights(tensors_of_net());
  load_into(net, weights, LoadIntoOptions().assign(true));
  EXPECT_EQ(net.linear->weight.data_ptr(), weights.at("linear.weight").data_ptr());
  EXPECT_EQ(net.norm->running_var.data_ptr(), weights.at("norm.running_var").data_ptr());
  EXPECT_TRUE(net.linear->weight.requires_grad());
  EXPECT_EQ(net.linear(at::ones({1, 2}))[0][0].item<float>(), 5.5f);
}

TEST(LoadInto, NamesAllThatDoesNotFitAndChangesNothing) {
  Net net;
  const at::Tensor before = net.linear->weight.detach().clone();
  auto tensors = tensors_of_net();
  tensors[1].second = at::ones({4});
  tensors.erase(tensors.begin() + 3);
  tensors.emplace_back("head.weight", at::ones({1}));
  const tests::Failure failure = failure_of([&] { load_into(net, StateDict(tensors)); });
  EXPECT_EQ(failure.code, errc::keys_mismatch);
  EXPECT_THAT(failure.sentence,
              testing::EndsWith(
                  ": Missing key(s) in state_dict: \"norm.bias\". Unexpected key(s) in state_dict: "
                  "\"head.weight\". size mismatch for linear.bias: copying a param with shape "
                  "torch.Size([4]) "
                  "from checkpoint, the shape in current model is torch.Size([3])."));
  EXPECT_THAT(failure.sentence, testing::StartsWith("Error(s) in loading state_dict for "));
  EXPECT_TRUE(at::equal(net.linear->weight, before));
  // Shapes must fit also where names need not.
  EXPECT_EQ(
      failure_of([&] { load_into(net, StateDict(tensors), LoadIntoOptions().strict(false)); }).code,
      errc::keys_mismatch);
}

TEST(LoadInto, ReportsNamesIfTheyNeedNotFit) {
  Net net;
  auto tensors = tensors_of_net();
  tensors.erase(tensors.begin());
  tensors.emplace_back("head.weight", at::ones({1}));
  const IncompatibleKeys keys = load_into(net, StateDict(tensors), LoadIntoOptions().strict(false));
  EXPECT_THAT(keys.missing, ElementsAre("linear.weight"));
  EXPECT_THAT(keys.unexpected, ElementsAre("head.weight"));
  EXPECT_EQ(net.linear->bias[0].item<float>(), 2.5f);
}

TEST(LoadInto, TakesPrefixesAway) {
  Net net;
  std::vector<std::pair<std::string, at::Tensor>> tensors;
  for (auto& [name, tensor] : tensors_of_net()) tensors.emplace_back("module." + name, tensor);
  load_into(net, StateDict(tensors), LoadIntoOptions().prefix("module.", ""));
  EXPECT_EQ(net.linear->bias[0].item<float>(), 2.5f);
}

TEST(LoadInto, KnowsCheckpointsFromBeforeBatchesWereCounted) {
  Net net;
  auto tensors = tensors_of_net();
  tensors.pop_back();
  EXPECT_THAT(load_into(net, StateDict(tensors)).missing, IsEmpty());
}

TEST(LoadInto, FillsTorchScript) {
  torch::jit::Module module = script_net();
  const StateDict weights({{"weight", at::ones({3, 2})}, {"scale", at::full({1}, 4.0)}});
  load_into(module, weights);
  EXPECT_EQ(module.forward({at::ones({2})}).toTensor()[0].item<float>(), 8.0f);
  const StateDict other({{"weight", at::full({3, 2}, 2.0)}, {"scale", at::full({}, 1.0)}});
  load_into(module, other, LoadIntoOptions().assign(true));
  EXPECT_EQ(module.attr("weight").toTensor().data_ptr(), other.at("weight").data_ptr());
  EXPECT_EQ(module.forward({at::ones({2})}).toTensor()[0].item<float>(), 4.0f);
  EXPECT_EQ(failure_of([&] { load_into(module, StateDict()); }).sentence,
            "Error(s) in loading state_dict for Net: Missing key(s) in state_dict: \"weight\", "
            "\"scale\".");
}

}  // namespace
}  // namespace torchhub
