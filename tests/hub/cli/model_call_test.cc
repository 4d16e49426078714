#include <torchhub/hub/cli/model_call.h>
#include <torchhub/hub/error.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <iostream>

namespace torchhub::cli {
namespace {

using testing::HasSubstr;

// A model whose call writes a warning, which LibTorch puts on std::cerr.
ExportedModel warns(const tests::TempFolder& folder, const std::string& warning,
                    const std::string& result) {
  torch::jit::Module module("Warns");
  module.define("def forward(self, x):\n    torch.warn('" + warning + "')\n    return " + result +
                "\n");
  module.save(folder / "warns.pt");
  return open_exported_model(folder / "warns.pt");
}

TEST(ModelCall, SaysWhatTheModelWroteOfItsFailure) {
  const tests::TempFolder folder;
  std::streambuf* const before = std::cerr.rdbuf();
  const auto sentence = [&](const std::string& warning) {
    const ExportedModel model = warns(folder, warning, "x[5]");
    testing::internal::CaptureStderr();
    const tests::Failure failure = tests::failure_of([&] { call_model(model, {at::ones({3})}); });
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(failure.code, errc::libtorch);
    return failure.sentence;
  };
  // As machine code does.
  EXPECT_EQ(sentence(R"(of the kernel\nError: index out of bounds: 0 <= x < 10L\nframe #0: f)"),
            "calling the model: index out of bounds: 0 <= x < 10L");
  EXPECT_THAT(sentence("no Error: of its own"), HasSubstr("index 5"));
  EXPECT_EQ(std::cerr.rdbuf(), before);
}

TEST(ModelCall, LosesNothingThatIsWritten) {
  const tests::TempFolder folder;
  const ExportedModel model = warns(folder, "careful", "x * 2");
  testing::internal::CaptureStderr();
  EXPECT_EQ(call_model(model, {at::ones({3})}).size(), 1u);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("careful"));
}

}  // namespace
}  // namespace torchhub::cli
