// The command is killed after each of its calls that change the disk, in turn: what it leaves is valid,
// and the next call completes.

#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;

constexpr int kKilled = 128 + 9;
constexpr int kMostCalls = 2000;

class SuddenEndTest : public testing::Test {
 protected:
  SuddenEndTest() {
    variables_ = {{"TORCH_HOME", home_ / "torch"},
                  {"GITHUB_SERVER_URL", server_.url()},
                  {"GITHUB_API_URL", server_.api_url()}};
  }

  void publish(const std::string& text) {
    fs::remove_all(home_ / "repository");
    for (int i = 0; i < 6; ++i)
      tests::write_file(home_ / "repository/pkg" / ("m" + std::to_string(i) + ".py"), text);
    tests::write_file(home_ / "repository/hubconf.py", "def model(): 'A model.'\n");
    server_.add_branch("acme/digits", "main", home_ / "repository");
  }

  tests::Outcome torchhub(std::vector<std::string> arguments, int stop_after = 0) {
    arguments.insert(arguments.begin(), "hub/cli/torchhub");
    std::map<std::string, std::string> variables = variables_;
    if (stop_after > 0) {
      variables["LD_PRELOAD"] = fs::absolute("tests/support/libstop_after.so");
      variables["TORCHHUB_STOP_AFTER"] = std::to_string(stop_after);
    }
    return tests::run(arguments, variables);
  }

  // Runs the command again and again, killed one call later each time, until it completes; `check`
  // looks at what each left. Returns how often it was killed.
  template <class Prepare, class Check>
  int kill_everywhere(const std::vector<std::string>& arguments, int completed, Prepare prepare,
                      Check check) {
    for (int calls = 1; calls < kMostCalls; ++calls) {
      prepare();
      const tests::Outcome stopped = torchhub(arguments, calls);
      SCOPED_TRACE("killed after call " + std::to_string(calls));
      check();
      const tests::Outcome next = torchhub(arguments);
      EXPECT_EQ(next.status, completed) << next.err;
      if (testing::Test::HasFailure()) return calls;
      if (stopped.status != kKilled) return calls - 1;
    }
    ADD_FAILURE() << "it never completed";
    return kMostCalls;
  }

  tests::TempFolder home_;
  tests::HubServer server_{tests::HubServer::Transport::plain};
  std::map<std::string, std::string> variables_;
};

// All files below `folder` with their contents.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(folder)] = tests::read_file(entry.path());
  }
  return files;
}

TEST_F(SuddenEndTest, OfADownloadLeavesNothingOrAllOfIt) {
  const std::string content = tests::pattern(600'000);
  const tests::FaultServer files(
      [&](const tests::FaultRequest& request) { return tests::serve(content, request); });
  const fs::path checkpoint = home_ / "torch/hub/checkpoints/no_checkpoint.pth";
  const auto check = [&] {
    if (fs::exists(checkpoint)) {
      EXPECT_EQ(tests::read_file(checkpoint), content);
    }
  };
  // It is no checkpoint: the command ends with 1, once it has it.
  const int killed = kill_everywhere(
      {"state-dict", files.url() + "/no_checkpoint.pth", "--quiet"}, 1,
      [&] { fs::remove_all(home_ / "torch"); }, check);
  EXPECT_GT(killed, 10);
  EXPECT_EQ(tests::read_file(checkpoint), content);
  // Nothing of the killed stays beside it.
  EXPECT_EQ(
      std::distance(fs::directory_iterator(checkpoint.parent_path()), fs::directory_iterator()), 1);
}

TEST_F(SuddenEndTest, OfAFetchLeavesNothingOrAllOfARepository) {
  publish("x = 1\n");
  const auto whole = contents(home_ / "repository");
  const fs::path folder = home_ / "torch/hub/.torchhub/untrusted/acme_digits_main";
  const int killed = kill_everywhere(
      {"list", "acme/digits:main", "--quiet"}, 0, [&] { fs::remove_all(home_ / "torch"); },
      [&] {
        const auto found = contents(folder);
        if (!found.empty()) {
          EXPECT_EQ(found, whole);
        }
      });
  EXPECT_GT(killed, 20);
  EXPECT_EQ(contents(folder), whole);
}

TEST_F(SuddenEndTest, OfAReplacementLeavesTheOldOrTheNewRepository) {
  const fs::path folder = home_ / "torch/hub/.torchhub/untrusted/acme_digits_main";
  publish("x = 2\n");
  const auto after = contents(home_ / "repository");
  publish("x = 1\n");
  const auto before = contents(home_ / "repository");
  const int killed = kill_everywhere(
      {"list", "acme/digits:main", "--force-reload", "--quiet"}, 0,
      [&] {
        fs::remove_all(home_ / "torch");
        publish("x = 1\n");
        EXPECT_EQ(torchhub({"list", "acme/digits:main", "--quiet"}).status, 0);
        publish("x = 2\n");
      },
      [&] {
        const auto found = contents(folder);
        EXPECT_TRUE(found == before || found == after) << found.size() << " files";
      });
  EXPECT_GT(killed, 20);
  EXPECT_EQ(contents(folder), after);
}

}  // namespace
}  // namespace torchhub
