// A model from a repository, in this process: the whole path.

#include <torchhub/hub/error.h>
#include <torchhub/hub/hub.h>
#include <torchhub/python/error.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <thread>

namespace torchhub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::failure_of;

// One server, one cache and one Python for all tests: the repository's code asks the environment.
class LoadTest : public testing::Test {
 protected:
  struct Shared {
    tests::TempFolder home;
    tests::HubServer server;
    Shared() {
      server.add_branch("acme/digits", "main", "hub/examples/digits");
      server.add_release("acme/digits", "v1", "hub/examples/digits_release");
      tests::write_file(home / "odd/hubconf.py", R"(
import torch
dependencies = ['torch']
class Two(torch.nn.Module):
    def forward(self, x):
        return {'sum': x.sum(), 'parts': (x + 1, [x * 2])}
def two(): return Two()
def text(): return Words()
class Words:
    def __call__(self, x): return 'words'
def identity(): return torch.nn.Identity()
def fails(): raise ValueError('no such size')
)");
      server.add_branch("acme/odd", "main", home / "odd");
      tests::write_file(home / "ca.pem", server.authority());
      setenv("SSL_CERT_FILE", (home / "ca.pem").c_str(), 1);
      setenv("TORCH_HOME", (home / "torch").c_str(), 1);
      setenv("GITHUB_SERVER_URL", server.url().c_str(), 1);
      setenv("GITHUB_API_URL", server.api_url().c_str(), 1);
    }
  };

  static Shared& shared() {
    static Shared instance;
    return instance;
  }

  static Model load_trusted(std::string_view repo, std::string_view entry,
                            const Arguments& arguments = Arguments()) {
    shared();
    return load(repo, entry, arguments, LoadOptions().trust_repo(true));
  }

  static at::Tensor seven() { return load_state_dict("hub/examples/seven.pt").begin()->second; }
};

TEST_F(LoadTest, ReadsASeven) {
  const Model reader =
      load_trusted("acme/digits", "digit_reader", Arguments().keyword("pretrained", true));
  const at::Tensor scores = reader.forward(seven());
  EXPECT_EQ(scores.sizes(), (std::vector<std::int64_t>{1, 10}));
  EXPECT_EQ(scores.argmax(1).item<std::int64_t>(), 7);
  EXPECT_EQ(reader.type(), "digit_reader.network.DigitReader");
  EXPECT_EQ(reader.parameter_count(), 21386);
  EXPECT_EQ(reader.device(), "cpu");
  EXPECT_THAT(reader.methods(), ElementsAre("forward"));
}

TEST_F(LoadTest, RefusesCodeThatNobodyTrusts) {
  shared();
  tests::TempFolder other;
  Context context(cache::TorchPaths(other / "hub"));
  context.github(GithubEndpoints::from_environment());
  EXPECT_EQ(failure_of([&] {
              load("acme/digits", "digit_reader", Arguments(), LoadOptions(), context);
            }).code,
            errc::untrusted);
  // Reading needs no trust.
  std::vector<std::string> names;
  for (const python::EntryPoint& entry : list("acme/digits", ListOptions(), context))
    names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre("digit_classifier", "digit_reader"));
  EXPECT_THAT(help("acme/digits", "digit_reader", ListOptions(), context),
              HasSubstr("Reads hand-written digits, 8 x 8, grey.\n"));
  EXPECT_THAT(help("acme/digits", "_load_weights", ListOptions(), context),
              HasSubstr("Fills a model"));
  EXPECT_EQ(failure_of([&] { help("acme/digits", "none", ListOptions(), context); }).code,
            python::errc::no_such_entry_point);
  EXPECT_EQ(failure_of([&] { list("acme/digits", ListOptions().run(true), context); }).code,
            errc::untrusted);
}

TEST_F(LoadTest, RunsHubconfToListItIfAsked) {
  shared();
  std::vector<std::string> names;
  for (const python::EntryPoint& entry :
       list("acme/digits", ListOptions().run(true).trust_repo(TrustRepo::yes)))
    names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre("digit_classifier", "digit_reader"));
}

TEST_F(LoadTest, GivesTensorsOverWithoutACopy) {
  const Model identity = load_trusted("acme/odd", "identity");
  const at::Tensor input = at::ones({2, 3});
  const at::Tensor output = identity.forward(input);
  EXPECT_EQ(output.unsafeGetTensorImpl(), input.unsafeGetTensorImpl());
}

TEST_F(LoadTest, FindsAllTensorsOfAnAnswer) {
  const Model two = load_trusted("acme/odd", "two");
  const std::vector<at::Tensor> outputs = two.call({at::ones({3})});
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[0].item<float>(), 3.0f);
  EXPECT_EQ(outputs[1][0].item<float>(), 2.0f);
  EXPECT_EQ(failure_of([&] { two.forward(at::ones({3})); }).code, errc::not_a_tensor);
}

TEST_F(LoadTest, TakesOtherObjectsAsTheyCome) {
  const Model words = load_trusted("acme/odd", "text");
  EXPECT_EQ(words.parameter_count(), std::nullopt);
  EXPECT_EQ(words.device(), "");
  EXPECT_EQ(words.type(), "hubconf.py.Words");
  const tests::Failure failure = failure_of([&] { words.forward(at::ones({1})); });
  EXPECT_EQ(failure.code, errc::not_a_tensor);
  EXPECT_THAT(failure.sentence, HasSubstr("returned a str"));
}

TEST_F(LoadTest, BringsExceptionsBack) {
  EXPECT_EQ(failure_of([] { load_trusted("acme/odd", "fails"); }).sentence,
            "calling fails: ValueError: no such size");
  EXPECT_EQ(failure_of([] { load_trusted("acme/odd", "none"); }).sentence,
            "Cannot find callable none in hubconf");
  const Model reader = load_trusted("acme/digits", "digit_reader");
  const tests::Failure failure = failure_of([&] { reader.forward(at::ones({1, 9, 9, 9})); });
  EXPECT_EQ(failure.code, python::errc::exception);
  EXPECT_THAT(failure.sentence, HasSubstr("calling the model: RuntimeError"));
  EXPECT_EQ(failure_of([] {
              load_trusted("acme/digits", "digit_reader",
                           Arguments().positional(true).positional(16));
            }).sentence,
            "calling digit_reader: ValueError: the published weights are of width 32, not 16");
}

TEST_F(LoadTest, IsCalledFromSeveralThreads) {
  const Model classifier =
      load_trusted("acme/digits", "digit_classifier", Arguments().positional(true));
  const at::Tensor image = seven();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) EXPECT_EQ(classifier.forward(image).item<std::int64_t>(), 7);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(LoadTest, LeavesPythonAsAScript) {
  const tests::TempFolder folder;
  load_trusted("acme/digits", "digit_classifier", Arguments().keyword("pretrained", true))
      .save_script(folder / "model.pt");
  torch::jit::Module script = torch::jit::load((folder / "model.pt").string());
  EXPECT_EQ(script.forward({seven()}).toTensor().item<std::int64_t>(), 7);
  // What cannot be scripted leaves no file.
  EXPECT_EQ(
      failure_of([&] { load_trusted("acme/odd", "text").save_script(folder / "words.pt"); }).code,
      python::errc::exception);
  EXPECT_FALSE(std::filesystem::exists(folder / "words.pt"));
}

TEST_F(LoadTest, SharesWeightsWithTheRepositorysCode) {
  load_trusted("acme/digits", "digit_reader", Arguments().keyword("pretrained", true));
  const std::string url =
      shared().server.url() + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";
  const StateDict weights = load_state_dict_from_url(url, StateDictOptions().check_hash(true));
  EXPECT_EQ(weights.size(), 6u);
  EXPECT_EQ(shared().server.count_requests("digit_reader-c0f7955a.pth"), 1u);
}

}  // namespace
}  // namespace torchhub
