// What the sandbox promises, tried by programs that break every promise.

#include <torchhub/python/error.h>
#include <torchhub/python/sandbox.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace torchhub::python {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Ended = SandboxOutcome::Ended;

SandboxOutcome shell(const std::string& script, const SandboxOptions& options = SandboxOptions()) {
  return run_in_sandbox({"/bin/bash", "-c", script}, options);
}

TEST(Sandbox, BringsBackWhatWasSaid) {
  const SandboxOutcome outcome = shell("echo out; echo err >&2; echo answer >&3; exit 7");
  EXPECT_EQ(outcome.ended, Ended::exited);
  EXPECT_EQ(outcome.status, 7);
  EXPECT_EQ(outcome.result, "answer\n");
  EXPECT_EQ(outcome.errors, "out\nerr\n");
}

TEST(Sandbox, SaysHowItEnded) {
  EXPECT_EQ(shell("kill -SEGV $$").ended, Ended::killed);
  EXPECT_EQ(shell("kill -SEGV $$").status, SIGSEGV);
  EXPECT_EQ(tests::failure_of([] { run_in_sandbox({"/nowhere/program"}); }).code,
            errc::cannot_start);
}

TEST(Sandbox, EndsAtItsDeadlineWithAllThatItStarted) {
  const tests::TempFolder folder;
  const auto begin = std::chrono::steady_clock::now();
  const SandboxOutcome outcome = shell(
      "trap '' TERM INT HUP; (setsid bash -c \"trap '' TERM; while :; do sleep 0.05; done\") & "
      "while :; do :; done",
      SandboxOptions().deadline(500ms));
  EXPECT_EQ(outcome.ended, Ended::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Sandbox, LeavesNoProcessBehind) {
  const SandboxOutcome outcome = shell("sleep 1000 & echo $! >&3; disown -a; exit 0");
  EXPECT_EQ(outcome.ended, Ended::exited);
  EXPECT_TRUE(outcome.protection.complete());
  // Its number is one of the namespace's own; the namespace is gone with its first process.
  std::this_thread::sleep_for(100ms);
  EXPECT_NE(std::system("pgrep -f '^sleep 1000$' > /dev/null"), 0);
}

TEST(Sandbox, BoundsMemory) {
  const SandboxOutcome outcome =
      run_in_sandbox({"/usr/bin/python3", "-I", "-c", "x = bytearray(1 << 30); print('done')"},
                     SandboxOptions().memory(std::uint64_t{256} << 20));
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("MemoryError"));
}

TEST(Sandbox, InheritsNothing) {
  setenv("TORCHHUB_TEST_SECRET", "s3cret", 1);
  const tests::TempFolder folder;
  tests::write_file(folder / "open", "open file");
  const int file = ::open((folder / "open").c_str(), O_RDONLY);
  const SandboxOutcome outcome = shell("env; ls -l /proc/$$/fd; pwd; echo $HOME; ls -a ~ >&3",
                                       SandboxOptions().variable("MINE", "yes").file("a.txt", "x"));
  EXPECT_THAT(outcome.errors, testing::Not(HasSubstr("s3cret")));
  EXPECT_THAT(outcome.errors, testing::Not(HasSubstr("open")));
  EXPECT_THAT(outcome.errors, HasSubstr("MINE=yes"));
  EXPECT_THAT(outcome.result, HasSubstr("a.txt"));
  ::close(file);
}

TEST(Sandbox, ReadsAndWritesOnlyWhatItIsGiven) {
  const tests::TempFolder folder;
  tests::write_file(folder / "secret/id_rsa", "key");
  tests::write_file(folder / "given/data", "data");
  const std::string script = "cat " + (folder / "secret/id_rsa").string() + "; cat " +
                             (folder / "given/data").string() + " >&3; echo x > " +
                             (folder / "given/new").string() + "; echo x > " +
                             (folder / "secret/id_rsa").string() + "; rm " +
                             (folder / "given/data").string() + "; echo mine > own; cat own >&3";
  const SandboxOutcome outcome = shell(script, SandboxOptions().readable(folder / "given"));
  EXPECT_TRUE(outcome.protection.complete());
  EXPECT_EQ(outcome.result, "datamine\n");
  EXPECT_EQ(tests::read_file(folder / "secret/id_rsa"), "key");
  EXPECT_EQ(tests::read_file(folder / "given/data"), "data");
  EXPECT_FALSE(std::filesystem::exists(folder / "given/new"));
}

TEST(Sandbox, HasNoNetwork) {
  // A server that a process of this machine could reach.
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(server, 1), 0);
  ASSERT_EQ(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const SandboxOutcome outcome =
      shell("exec 9<>/dev/tcp/127.0.0.1/" + std::to_string(ntohs(address.sin_port)) +
            " && echo connected >&3");
  ::close(server);
  EXPECT_TRUE(outcome.protection.complete());
  EXPECT_EQ(outcome.result, "");
  EXPECT_NE(outcome.status, 0);
}

}  // namespace
}  // namespace torchhub::python
