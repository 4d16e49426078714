// One cache for torchhub and for Python's own torch.hub: what either left, the other uses.

#include <torchhub/cache/trust_list.h>
#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

namespace torchhub {
namespace {

using testing::HasSubstr;

class SharedCacheTest : public testing::Test {
 protected:
  SharedCacheTest() {
    server_.add_branch("acme/digits", "main", "hub/examples/digits");
    server_.add_release("acme/digits", "v1", "hub/examples/digits_release");
    tests::write_file(home_ / "ca.pem", server_.authority());
    variables_ = {{"TORCH_HOME", home_ / "torch"},
                  {"GITHUB_SERVER_URL", server_.url()},
                  {"GITHUB_API_URL", server_.api_url()},
                  {"SSL_CERT_FILE", home_ / "ca.pem"}};
  }

  tests::Outcome python(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {TORCHHUB_PYTHON_EXECUTABLE, "-I"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return tests::run(command, variables_);
  }

  tests::HubServer server_;
  tests::TempFolder home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(SharedCacheTest, PythonUsesWhatTorchhubLeft) {
  const tests::Outcome ours = tests::run(
      {"hub/cli/torchhub", "load", "acme/digits", "digit_classifier", "true", "--trust-repo"},
      variables_);
  ASSERT_EQ(ours.status, 0) << ours.err;
  const std::size_t requests = server_.requests().size();
  const tests::Outcome theirs = python({"tests/interop/use_cache.py", "hub/examples/seven.pt"});
  EXPECT_EQ(theirs.status, 0) << theirs.err;
  EXPECT_EQ(theirs.out, "['digit_classifier', 'digit_reader']\n7\n") << theirs.err;
  EXPECT_THAT(theirs.err, HasSubstr("Using cache found in "));
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(SharedCacheTest, ReadingARepositoryMakesItTrustedToNobody) {
  const tests::Outcome ours = tests::run({"hub/cli/torchhub", "list", "acme/digits"}, variables_);
  ASSERT_EQ(ours.status, 0) << ours.err;
  const tests::Outcome theirs =
      python({"-c",
              "import torch; torch.hub._check_repo_is_trusted('acme', 'digits', "
              "'acme_digits_main', trust_repo='check', calling_fn='load')"
              " if torch.__version__ < '2' else torch.hub._check_repo_is_trusted('acme', 'digits', "
              "'acme_digits_main', trust_repo='check')"});
  // It asks, and there is nobody to answer.
  EXPECT_NE(theirs.status, 0);
  EXPECT_THAT(theirs.err, HasSubstr("EOFError"));
}

TEST_F(SharedCacheTest, TorchhubUsesTheTrustThatPythonWrote) {
  const tests::Outcome theirs =
      python({"-c",
              "import os, torch\nos.makedirs(torch.hub.get_dir())\n"
              "arguments = ('acme', 'digits', 'acme_digits_main')\n"
              "options = {'calling_fn': 'load'} if torch.__version__ < '2' else {}\n"
              "torch.hub._check_repo_is_trusted(*arguments, trust_repo=True, **options)\n"});
  ASSERT_EQ(theirs.status, 0) << theirs.err;
  EXPECT_TRUE(cache::is_listed(home_ / "torch/hub/trusted_list", "acme_digits"));
  const tests::Outcome ours =
      tests::run({"hub/cli/torchhub", "load", "acme/digits", "digit_reader"}, variables_);
  EXPECT_EQ(ours.status, 0) << ours.err;
}

TEST_F(SharedCacheTest, TorchhubUsesWhatPythonDownloaded) {
  const std::string content = tests::pattern(300'000);
  std::atomic<int> requests = 0;
  const tests::FaultServer files([&](const tests::FaultRequest& request) {
    ++requests;
    return tests::serve(content, request);
  });
  const std::string url = files.url() + "/a%20b/w-" + std::string(8, '0') + ".pth?x=1";
  ASSERT_EQ(python({"tests/interop/race.py", url}).status, 0);
  const int before = requests;
  EXPECT_GT(before, 0);
  const tests::Outcome ours = tests::run({"hub/cli/torchhub", "state-dict", url}, variables_);
  EXPECT_THAT(ours.err, HasSubstr("w-00000000.pth: it is "));
  EXPECT_EQ(requests, before);
}

TEST_F(SharedCacheTest, BothMayRaceForOneFile) {
  const std::string content = tests::pattern(4'000'000);
  const tests::FaultServer files([&](const tests::FaultRequest& request) {
    tests::FaultReply reply = tests::serve(content, request);
    reply.pace = [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
    return reply;
  });
  const std::string url = files.url() + "/weights.pth";
  for (int round = 0; round < 3; ++round) {
    std::filesystem::remove_all(home_ / "torch");
    std::vector<std::unique_ptr<tests::Process>> processes;
    for (int i = 0; i < 4; ++i) {
      processes.push_back(std::make_unique<tests::Process>(
          std::vector<std::string>{TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/race.py", url},
          variables_, home_ / ("python" + std::to_string(i))));
      processes.push_back(std::make_unique<tests::Process>(
          std::vector<std::string>{"hub/cli/torchhub", "--quiet", "state-dict", url}, variables_));
    }
    for (std::size_t i = 0; i < processes.size(); ++i)
      EXPECT_EQ(processes[i]->wait(), i % 2 == 0 ? 0 : 1);  // it is no checkpoint, ours says
    EXPECT_EQ(tests::read_file(home_ / "torch/hub/checkpoints/weights.pth"), content);
    const std::string first = tests::read_file(home_ / "python0");
    for (int i = 1; i < 4; ++i)
      EXPECT_EQ(tests::read_file(home_ / ("python" + std::to_string(i))), first);
  }
}

}  // namespace
}  // namespace torchhub
