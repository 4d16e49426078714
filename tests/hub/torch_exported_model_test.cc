#include <torchhub/archive/error.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/tests/support/environment.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

namespace torchhub {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using tests::failure_of;

void write_script(const std::filesystem::path& path) {
  torch::jit::Module module("Twice");
  module.define("def forward(self, x):\n    return [x * 2, x + 1], {'sum': x.sum()}\n");
  std::filesystem::create_directories(path.parent_path());
  module.save(path.string());
}

class ExportedModelTest : public testing::Test {
 protected:
  ExportedModelTest() : trusted_(home_ / "ca.pem", server_.authority()) {
    write_script(home_ / "release/twice.pt");
    server_.add_release("acme/tools", "v1", home_ / "release");
    GithubEndpoints github;
    github.web = server_.url();
    github.api = server_.api_url();
    context_.github(github);
  }

  struct Authority {
    Authority(const std::filesystem::path& path, const std::string& pem)
        : written((tests::write_file(path, pem), "SSL_CERT_FILE"), path.string()) {}
    tests::ScopedVariable written;
  };

  std::string url() const { return server_.url() + "/acme/tools/releases/download/v1/twice.pt"; }

  tests::TempFolder home_;
  tests::HubServer server_;
  Authority trusted_;
  Context context_{cache::TorchPaths(home_ / "hub")};
};

TEST_F(ExportedModelTest, RunsTorchScript) {
  const ExportedModel model = open_exported_model(home_ / "release/twice.pt");
  EXPECT_EQ(model.format(), ExportFormat::torchscript);
  const std::vector<at::Tensor> outputs = model.run({at::ones({3})});
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[2].item<float>(), 3.0f);
  EXPECT_EQ(failure_of([&] { model.forward(at::ones({3})); }).sentence,
            "the model returned 3 tensors where one was wanted");
  EXPECT_EQ(model.unchecked(), "");
}

TEST_F(ExportedModelTest, TorchScriptSaysHowManyInputsItTakesAndOfWhatType) {
  torch::jit::Module module("Many");
  module.define(
      "def forward(self, x, n: int, ys: List[Tensor], z: Optional[Tensor] = None, k: float = "
      "2.0):\n"
      "    return x * n\n");
  module.save(home_ / "many.pt");
  torch::jit::Module simple("Simple");
  simple.define(
      "def forward(self, x, y: Optional[Tensor] = None, k: float = 2.0):\n"
      "    if y is None:\n        return x * k\n    return x * k + y\n");
  simple.save(home_ / "simple.pt");
  const at::Tensor one = at::ones({3});
  const auto refusal = [&](const char* name, std::vector<at::Tensor> inputs) {
    const std::string path = home_ / name;
    const tests::Failure failure = failure_of([&] { open_exported_model(path).run(inputs); });
    EXPECT_EQ(failure.code, errc::input_mismatch) << failure.sentence;
    EXPECT_EQ(failure.sentence.substr(0, path.size()), path);
    return failure.sentence.substr(path.size());
  };
  EXPECT_EQ(refusal("many.pt", {}), ": input 0 is missing: Tensor 'x'");
  EXPECT_EQ(refusal("many.pt", {one}), ": input 1 is missing: int 'n'");
  EXPECT_EQ(refusal("many.pt", {one, one, one}), ": input 1 is a tensor, and int 'n' is wanted");
  const ExportedModel model = open_exported_model(home_ / "simple.pt");
  EXPECT_EQ(model.forward(one)[0].item<float>(), 2.0f);
  EXPECT_EQ(model.run({one, one}).at(0)[0].item<float>(), 3.0f);
  EXPECT_EQ(refusal("simple.pt", {one, one, one}),
            ": input 2 is a tensor, and float 'k' is wanted");
  EXPECT_EQ(refusal("simple.pt", {one, one, one, one}),
            ": input 2 is a tensor, and float 'k' is wanted");
  EXPECT_EQ(refusal("simple.pt", {at::Tensor()}), ": input 0 is no tensor");
  EXPECT_EQ(refusal("release/twice.pt", {one, one}), ": takes 1 input, not 2");
  torch::jit::Module none("Without");
  none.define("def other(self, x):\n    return x\n");
  none.save(home_ / "none.pt");
  EXPECT_EQ(refusal("none.pt", {one}), ": has no method forward to call");
}

TEST_F(ExportedModelTest, FindsInputsByTheirNames) {
  torch::jit::Module module("Minus");
  module.define(
      "def forward(self, a, b: Optional[Tensor] = None):\n"
      "    if b is None:\n        return a\n    return a - b\n");
  module.save(home_ / "minus.pt");
  const ExportedModel model = open_exported_model(home_ / "minus.pt");
  using Entries = std::vector<std::pair<std::string, at::Tensor>>;
  const auto first = [&](const Entries& entries) {
    return model.run(model.inputs_of(StateDict(entries))).at(0)[0].item<float>();
  };
  const at::Tensor one = at::ones({1});
  EXPECT_EQ(first({{"a", one}, {"b", one * 3}}), -2.0f);
  EXPECT_EQ(first({{"b", one * 3}, {"a", one}}), -2.0f);
  EXPECT_EQ(first({{"0", one}, {"1", one * 3}}), -2.0f);
  EXPECT_EQ(first({{"a", one}}), 1.0f);
  EXPECT_EQ(first({{"", one}}), 1.0f);
  const auto refusal = [&](const Entries& entries) {
    const tests::Failure failure = failure_of([&] { model.inputs_of(StateDict(entries)); });
    EXPECT_EQ(failure.code, errc::input_mismatch);
    return failure.sentence.substr(std::string(home_ / "minus.pt").size());
  };
  EXPECT_EQ(refusal({{"a", one}, {"c", one}}),
            ": has no input 'c', which the file holds: its inputs are 'a', 'b'");
  EXPECT_EQ(refusal({{"b", one}}), ": the input 'a' is missing");
}

// What else than tensors a file holds is not passed over.
TEST_F(ExportedModelTest, TakesTensorsAlone) {
  const ExportedModel model = open_exported_model(home_ / "release/twice.pt");
  const auto refusal = [&](const std::string& more) {
    const std::string body =
        "(" +
        tests::tensor(tests::storage("FloatStorage", "0", 1), 0, tests::tuple(1), tests::tuple(1)) +
        more + "t";
    tests::write_file(home_ / "in.pt",
                      tests::build_zip({{.name = "a/data.pkl", .content = tests::pickle(body)},
                                        {.name = "a/version", .content = "3\n"},
                                        {.name = "a/data/0", .content = std::string(4, '\0')}}));
    return failure_of([&] { model.inputs_of(load_state_dict(home_ / "in.pt")); }).sentence;
  };
  EXPECT_EQ(refusal(""), "(nothing was thrown)");
  EXPECT_THAT(refusal(tests::integer(5)),
              HasSubstr("the file holds 5 at '1', where tensors alone"));
  EXPECT_THAT(refusal(tests::text("x")), HasSubstr("the file holds \"x\" at '1'"));
  EXPECT_THAT(refusal("N"), HasSubstr("the file holds null at '1'"));
  EXPECT_THAT(refusal("]\x88"
                      "a"),
              HasSubstr("the file holds true at '1.0'"));
  EXPECT_THAT(refusal("}" + tests::text("k") + "G\x3f\xe0\0\0\0\0\0\0s"s),
              HasSubstr("the file holds 5E-1 at '1.k'"));
}

TEST_F(ExportedModelTest, SaysInOneLineWhatFailed) {
  torch::jit::Module module("Fails");
  module.define("def forward(self, x):\n    return x[5]\n");
  module.save(home_ / "fails.pt");
  const ExportedModel model = open_exported_model(home_ / "fails.pt");
  const std::string sentence = failure_of([&] { model.run({at::ones({3})}); }).sentence;
  EXPECT_THAT(sentence, HasSubstr("calling the model: "));
  EXPECT_THAT(sentence, HasSubstr("index 5"));
  EXPECT_EQ(sentence.find('\n'), sentence.npos);
  EXPECT_EQ(sentence.find("Traceback"), sentence.npos);
}

TEST_F(ExportedModelTest, IsNotAnyFile) {
  tests::write_file(home_ / "x.pt", "no zip");
  EXPECT_EQ(failure_of([&] { open_exported_model(home_ / "x.pt"); }).code,
            archive::errc::not_a_zip);
  tests::write_file(home_ / "x.pt", tests::build_zip({{.name = "a/data.pkl", .content = "x"}}));
  EXPECT_THAT(failure_of([&] { open_exported_model(home_ / "x.pt"); }).sentence,
              HasSubstr("x.pt: is neither a compiled package nor TorchScript"));
  tests::write_file(home_ / "x.pt",
                    tests::build_zip({{.name = "m/archive_format", .content = "pt2"}}));
  EXPECT_THAT(failure_of([&] { open_exported_model(home_ / "x.pt"); }).sentence,
              HasSubstr("is an exported program that was not compiled"));
  for (const auto& [library, flaw] :
       {std::pair("\x7f"
                  "ELF\2\1\1",
                  "x.pt: its library m/data/aotinductor/model/a.so is cut"),
        std::pair("x", "x.pt: its library m/data/aotinductor/model/a.so is no ELF file")}) {
    tests::write_file(
        home_ / "x.pt",
        tests::build_zip({{.name = "m/data/aotinductor/model/a.so", .content = library}}));
    const tests::Failure failure = failure_of([&] { open_exported_model(home_ / "x.pt"); });
    EXPECT_EQ(failure.code, errc::not_exported);
    EXPECT_THAT(failure.sentence, HasSubstr(flaw));
  }
  // LibTorch would write this one's entry beside its folder.
  tests::write_file(
      home_ / "x.pt",
      tests::build_zip({{.name = "m/data/aotinductor/../../../../evil.so", .content = "x"}}));
  EXPECT_EQ(failure_of([&] { open_exported_model(home_ / "x.pt"); }).code,
            archive::errc::unsafe_name);
}

TEST_F(ExportedModelTest, FromAUrlMustBeTrusted) {
  const tests::Failure refused =
      failure_of([&] { load_package_from_url(url(), RunnableFileOptions(), context_); });
  EXPECT_EQ(refused.code, errc::untrusted);
  EXPECT_THAT(refused.sentence,
              HasSubstr("twice.pt is not trusted: opening it runs the code in it"));
  EXPECT_EQ(server_.requests().size(), 0u);

  const RunnableFileOptions yes = RunnableFileOptions().trust_repo(true);
  EXPECT_EQ(load_package_from_url(url(), yes, context_).run({at::ones({3})}).size(), 3u);
  torch::jit::Module module = load_script_from_url(url(), yes, context_);
  EXPECT_TRUE(module.forward({at::ones({3})}).isTuple());
  EXPECT_EQ(server_.count_requests("twice.pt"), 1u);
  // Once is not for ever.
  EXPECT_EQ(failure_of([&] { load_script_from_url(url(), RunnableFileOptions(), context_); }).code,
            errc::untrusted);
}

TEST_F(ExportedModelTest, OfATrustedRepositoryIsTrusted) {
  tests::write_file(home_ / "hub/trusted_list", "acme_tools\n");
  EXPECT_EQ(
      load_package_from_url(url(), RunnableFileOptions(), context_).run({at::ones({3})}).size(),
      3u);
  EXPECT_EQ(failure_of([&] {
              load_package_from_url(server_.url() + "/acme/tools/../../evil/x/twice.pt",
                                    RunnableFileOptions(), context_);
            }).code,
            errc::untrusted);
}

TEST_F(ExportedModelTest, MayBeAllowedByWhoeverIsAsked) {
  std::string question;
  bool answer = false;
  context_.on_question([&](std::string_view text) {
    question = text;
    return answer;
  });
  EXPECT_EQ(failure_of([&] { load_package_from_url(url(), RunnableFileOptions(), context_); }).code,
            errc::untrusted);
  EXPECT_THAT(question, HasSubstr(url() + " runs the code in it. Do you trust it (y/N)?"));
  answer = true;
  EXPECT_EQ(
      load_package_from_url(url(), RunnableFileOptions(), context_).run({at::ones({3})}).size(),
      3u);
  question.clear();
  EXPECT_EQ(failure_of([&] {
              load_package_from_url(url(), RunnableFileOptions().trust_repo(TrustRepo::no),
                                    context_);
            }).code,
            errc::untrusted);
  EXPECT_EQ(question, "");
}

TEST_F(ExportedModelTest, ThatTheLockFilePinsIsTrusted) {
  const std::string file = tests::read_file(home_ / "release/twice.pt");
  LockFile lock;
  lock.urls[lock_key_of_url(url())] = {std::string(64, '0'), file.size()};
  context_.lock_file(lock);
  // And must then be what is pinned.
  EXPECT_EQ(failure_of([&] { load_package_from_url(url(), RunnableFileOptions(), context_); }).code,
            errc::pin_mismatch);
}

}  // namespace
}  // namespace torchhub
