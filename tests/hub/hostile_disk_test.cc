// Disks that are full, caches that may not be written to, and paths that are odd: one clear sentence
// each, and nothing lost.

#include <torchhub/tests/support/fault_server.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kContent = tests::pattern(1'500'000);

class HostileDiskTest : public testing::Test {
 protected:
  HostileDiskTest() {
    tests::write_file(home_ / "repository/hubconf.py", "def model(): 'A model.'\n");
    tests::write_file(home_ / "repository/data.bin", std::string(400'000, 'x'));
    github_.add_branch("acme/digits", "main", home_ / "repository");
    fs::create_directories(torch_ / "hub/checkpoints");
  }

  // Runs `script` in a mount namespace of its own, where it may mount; $torchhub is the command.
  tests::Outcome in_namespace(const std::string& script) {
    std::map<std::string, std::string> variables = {{"TORCH_HOME", torch_},
                                                    {"GITHUB_SERVER_URL", github_.url()},
                                                    {"GITHUB_API_URL", github_.api_url()},
                                                    {"torchhub", fs::absolute("hub/cli/torchhub")},
                                                    {"url", files_.url()}};
    return tests::run(
        {"/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-e", "-c", script},
        variables);
  }

  // In a namespace without any privilege: what is not allowed to the owner is not allowed.
  tests::Outcome unprivileged(const std::string& script) {
    std::map<std::string, std::string> variables = {{"TORCH_HOME", torch_},
                                                    {"torchhub", fs::absolute("hub/cli/torchhub")},
                                                    {"url", files_.url()}};
    return tests::run({"/usr/bin/unshare", "--user", "/bin/sh", "-e", "-c", script}, variables);
  }

  static void expect_one_sentence(const tests::Outcome& outcome, const std::string& what) {
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("torchhub: error: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(what));
  }

  tests::TempFolder home_;
  fs::path torch_ = home_ / "torch";
  tests::HubServer github_{tests::HubServer::Transport::plain};
  tests::FaultServer files_{
      [](const tests::FaultRequest& request) { return tests::serve(kContent, request); }};
};

TEST_F(HostileDiskTest, IsFull) {
  const tests::Outcome outcome = in_namespace(
      "mount -t tmpfs -o size=1m none \"$TORCH_HOME\"\n"
      "mkdir -p \"$TORCH_HOME/hub/checkpoints\"\n"
      "echo old > \"$TORCH_HOME/hub/checkpoints/other.pth\"\n"
      "\"$torchhub\" --quiet state-dict \"$url/model.pth\" || status=$?\n"
      "ls \"$TORCH_HOME/hub/checkpoints\"\n"
      "exit $status\n");
  expect_one_sentence(outcome, "No space left on device");
  EXPECT_THAT(outcome.out, HasSubstr("other.pth\n"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("model.pth\n")));
}

TEST_F(HostileDiskTest, IsFullWhileARepositoryIsUnpacked) {
  const tests::Outcome outcome = in_namespace(
      "mount -t tmpfs -o size=256k none \"$TORCH_HOME\"\n"
      "\"$torchhub\" --quiet list acme/digits:main || status=$?\n"
      "find \"$TORCH_HOME\" -name hubconf.py\n"
      "exit $status\n");
  expect_one_sentence(outcome, "No space left on device");
  EXPECT_EQ(outcome.out, "");
}

TEST_F(HostileDiskTest, IsReadOnly) {
  tests::write_file(torch_ / "hub/checkpoints/cached.pth", kContent);
  const std::string mount =
      "mount --bind \"$TORCH_HOME\" \"$TORCH_HOME\"\n"
      "mount -o remount,ro,bind \"$TORCH_HOME\"\n";
  expect_one_sentence(in_namespace(mount + "\"$torchhub\" --quiet state-dict \"$url/model.pth\""),
                      "Read-only file system");
  // What is there is used all the same: it is no checkpoint, and found to be none.
  expect_one_sentence(in_namespace(mount + "\"$torchhub\" --quiet state-dict \"$url/cached.pth\""),
                      "cached.pth: it is ");
}

TEST_F(HostileDiskTest, IsAnothersToWriteTo) {
  tests::write_file(torch_ / "hub/checkpoints/cached.pth", kContent);
  for (const fs::path& folder : {torch_, torch_ / "hub", torch_ / "hub/checkpoints"})
    fs::permissions(folder, fs::perms(0555));
  expect_one_sentence(unprivileged("\"$torchhub\" --quiet state-dict \"$url/model.pth\""),
                      "Permission denied");
  expect_one_sentence(unprivileged("\"$torchhub\" --quiet state-dict \"$url/cached.pth\""),
                      "cached.pth: it is ");
  for (const fs::path& folder : {torch_, torch_ / "hub", torch_ / "hub/checkpoints"})
    fs::permissions(folder, fs::perms(0755));
  // A file that may not be read.
  fs::permissions(torch_ / "hub/checkpoints/cached.pth", fs::perms(0));
  expect_one_sentence(unprivileged("\"$torchhub\" --quiet state-dict \"$url/cached.pth\""),
                      "Permission denied");
}

TEST_F(HostileDiskTest, HasAPathThatIsNoUtf8) {
  torch_ = home_ / "t\xff\xfeorch";
  const std::map<std::string, std::string> variables = {{"TORCH_HOME", torch_}};
  const auto torchhub = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "hub/cli/torchhub");
    return tests::run(arguments, variables);
  };
  EXPECT_EQ(torchhub({"cache", "dir"}).out, torch_.string() + "/hub\n");
  expect_one_sentence(torchhub({"--quiet", "state-dict", files_.url() + "/model.pth"}), "it is ");
  EXPECT_EQ(tests::read_file(torch_ / "hub/checkpoints/model.pth"), kContent);
  EXPECT_EQ(torchhub({"cache", "list", "--json"}).status, 0);
}

TEST_F(HostileDiskTest, HasAFileWhereAFolderIsNeeded) {
  torch_ = home_ / "file";
  tests::write_file(torch_, "x");
  const tests::Outcome outcome =
      tests::run({"hub/cli/torchhub", "--quiet", "state-dict", files_.url() + "/model.pth"},
                 {{"TORCH_HOME", torch_}});
  expect_one_sentence(outcome, "Not a directory");
  EXPECT_EQ(tests::read_file(torch_), "x");
}

}  // namespace
}  // namespace torchhub
