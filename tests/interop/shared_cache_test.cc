// One cache for torchhub and for Python's own torch.hub: what either left, the other uses.

#include <torchhub/cache/trust_list.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

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

}  // namespace
}  // namespace torchhub
