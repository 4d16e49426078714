// Thirty-two processes that want one thing at once: a file, a repository; also when those that work
// are killed.

#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kProcesses = 32;

class ManyProcessesTest : public testing::Test {
 protected:
  ManyProcessesTest() {
    for (int i = 0; i < 40; ++i)
      tests::write_file(home_ / "repository/pkg" / ("m" + std::to_string(i) + ".py"), "x = 1\n");
    tests::write_file(home_ / "repository/hubconf.py", "def model(): 'A model.'\n");
    server_.add_branch("acme/digits", "main", home_ / "repository");
    variables_ = {{"TORCH_HOME", home_ / "torch"},
                  {"GITHUB_SERVER_URL", server_.url()},
                  {"GITHUB_API_URL", server_.api_url()}};
  }

  std::unique_ptr<tests::Process> start(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"hub/cli/torchhub"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return std::make_unique<tests::Process>(command, variables_, home_ / "output");
  }

  std::vector<std::unique_ptr<tests::Process>> start_all(
      const std::vector<std::string>& arguments) {
    std::vector<std::unique_ptr<tests::Process>> processes;
    for (int i = 0; i < kProcesses; ++i) processes.push_back(start(arguments));
    return processes;
  }

  std::string output() const { return tests::read_file(home_ / "output"); }

  // Complete, and nothing else: no part, no folder in the making.
  void expect_whole_repository() const {
    const fs::path folder = home_ / "torch/hub/.torchhub/untrusted/acme_digits_main";
    EXPECT_TRUE(fs::exists(folder / "hubconf.py"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder / "pkg"), fs::directory_iterator()), 40);
  }

  tests::TempFolder home_;
  tests::HubServer server_{tests::HubServer::Transport::plain};
  std::map<std::string, std::string> variables_;
};

TEST_F(ManyProcessesTest, FetchAFileOnce) {
  const std::string content = tests::pattern(4'000'000);
  std::atomic<int> bodies = 0;
  const tests::FaultServer server([&](const tests::FaultRequest& request) {
    ++bodies;
    return tests::serve(content, request);
  });
  const auto processes = start_all({"state-dict", server.url() + "/no_checkpoint.pth", "--quiet"});
  // It is no checkpoint, which each of them says once it has it.
  for (const auto& process : processes) EXPECT_EQ(process->wait(), 1);
  EXPECT_EQ(tests::read_file(home_ / "torch/hub/checkpoints/no_checkpoint.pth"), content);
  EXPECT_EQ(bodies, 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(home_ / "torch/hub/checkpoints"),
                          fs::directory_iterator()),
            1);
}

TEST_F(ManyProcessesTest, FetchARepositoryOnce) {
  const auto processes = start_all({"list", "acme/digits:main"});
  for (const auto& process : processes) EXPECT_EQ(process->wait(), 0) << output();
  expect_whole_repository();
  EXPECT_EQ(server_.count_requests("/legacy.zip/"), 1u);
}

// Whoever holds the lock is killed again and again; who waits takes over, and the rest finish.
TEST_F(ManyProcessesTest, SurviveTheDeathOfThoseThatWork) {
  const std::string content = tests::pattern(6'000'000);
  const tests::FaultServer server([&](const tests::FaultRequest& request) {
    tests::FaultReply reply = tests::serve(content, request);
    reply.pace = [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
    return reply;
  });
  const auto processes = start_all({"state-dict", server.url() + "/no_checkpoint.pth", "--quiet"});
  std::mt19937 random(std::random_device{}());
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
    for (const auto& process : processes) {
      // The first that still runs is as good as any; often it is the one that works.
      if (!process->is_running()) continue;
      process->send(SIGKILL);
      process->wait();
      ++killed;
      break;
    }
  }
  int finished = 0;
  for (const auto& process : processes) finished += process->wait() == 1 ? 1 : 0;
  EXPECT_EQ(finished, kProcesses - killed);
  EXPECT_EQ(tests::read_file(home_ / "torch/hub/checkpoints/no_checkpoint.pth"), content);
}

TEST_F(ManyProcessesTest, FinishARepositoryWhoseFetcherDied) {
  std::mt19937 random(std::random_device{}());
  for (int i = 0; i < 8; ++i) {
    const auto process = start({"list", "acme/digits:main", "--force-reload"});
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
    process->send(SIGKILL);
    process->wait();
    const fs::path folder = home_ / "torch/hub/.torchhub/untrusted/acme_digits_main";
    if (fs::exists(folder)) expect_whole_repository();
  }
  EXPECT_EQ(start({"list", "acme/digits:main", "--force-reload"})->wait(), 0) << output();
  expect_whole_repository();
  // What the dead were making is gone.
  const fs::path staging = home_ / "torch/hub/.torchhub/staging";
  EXPECT_TRUE(fs::is_empty(staging));
}

TEST_F(ManyProcessesTest, TellWhomTheyWaitFor) {
  const std::string content = tests::pattern(4'000'000);
  const tests::FaultServer server([&](const tests::FaultRequest& request) {
    tests::FaultReply reply = tests::serve(content, request);
    reply.pace = [](std::size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(300)); };
    return reply;
  });
  const std::vector<std::string> arguments{"state-dict", server.url() + "/no_checkpoint.pth"};
  const auto first = start(arguments);
  const fs::path part = home_ / "torch/hub/checkpoints/no_checkpoint.pth.torchhub-part";
  while (!fs::exists(part)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::vector<std::string> command{"hub/cli/torchhub"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const tests::Outcome second = tests::run(command, variables_);
  EXPECT_THAT(second.err, HasSubstr("Waiting for process "));
  EXPECT_THAT(second.err, HasSubstr(", which is downloading "));
  EXPECT_THAT(second.err, HasSubstr(" of 4 MB)"));
  EXPECT_EQ(first->wait(), 1);
}

}  // namespace
}  // namespace torchhub
