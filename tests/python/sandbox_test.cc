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
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

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

// CUDA's libraries are larger than what a listing may use.
TEST(Sandbox, CountsNoFilesThatAreMapped) {
  const tests::TempFolder folder;
  tests::write_file(folder / "library", "");
  std::filesystem::resize_file(folder / "library", std::uint64_t{1} << 30);
  const SandboxOutcome outcome =
      run_in_sandbox({"/usr/bin/python3", "-I", "-c",
                      "import mmap, os, sys\n"
                      "file = open(sys.argv[1], 'rb')\n"
                      "kept = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)\n"
                      "os.write(3, b'%d' % len(kept))\n",
                      folder / "library"},
                     SandboxOptions().memory(std::uint64_t{256} << 20).readable(folder.path()));
  EXPECT_EQ(outcome.result, "1073741824") << outcome.errors;
}

// Memory that is shared is no process's own data.
TEST(Sandbox, BoundsSharedMemory) {
  const SandboxOptions options = SandboxOptions().memory(std::uint64_t{256} << 20).deadline(20s);
  const SandboxOutcome outcome = run_in_sandbox({"/usr/bin/python3", "-I", "-c",
                                                 "import mmap, os, time\n"
                                                 "kept = mmap.mmap(-1, 1 << 30)\n"
                                                 "for at in range(0, 1 << 30, 4096): kept[at] = 1\n"
                                                 "time.sleep(20); os.write(3, b'all')\n"},
                                                options);
  EXPECT_EQ(outcome.result, "");
  EXPECT_EQ(outcome.ended, Ended::too_much_memory) << how_it_ended(outcome, options);
}

// In touched pages of several processes, none of which is too large by itself.
TEST(Sandbox, BoundsTheMemoryOfAllProcessesTogether) {
  const SandboxOptions options = SandboxOptions().memory(std::uint64_t{256} << 20).deadline(20s);
  const SandboxOutcome outcome = run_in_sandbox(
      {"/usr/bin/python3", "-I", "-c",
       "import os, time\n"
       "for i in range(4):\n"
       "    if os.fork() == 0: kept = b'x' * (100 << 20); time.sleep(20); os._exit(0)\n"
       "time.sleep(20)\n"},
      options);
  EXPECT_EQ(outcome.ended, Ended::too_much_memory);
  EXPECT_EQ(how_it_ended(outcome, options), "used up its 256 MiB of memory");
}

TEST(Sandbox, BoundsWhatLiesInItsFolder) {
  const SandboxOutcome outcome =
      shell("head -c 3000000 /dev/zero > a; head -c 3000000 /dev/zero > b; stat -c %s a b >&3",
            SandboxOptions().temporary(std::uint64_t{4} << 20));
  EXPECT_THAT(outcome.errors, HasSubstr("No space left on device"));
  const SandboxOutcome file =
      shell("head -c 9000000 /dev/zero > a", SandboxOptions().temporary(std::uint64_t{4} << 20));
  EXPECT_EQ(file.ended, Ended::exited);
  EXPECT_NE(file.status, 0);
  EXPECT_THAT(file.errors, HasSubstr("File"));
}

TEST(Sandbox, BoundsProcessesAndThreads) {
  const SandboxOptions options = SandboxOptions().processes(20).deadline(20s);
  const SandboxOutcome outcome =
      run_in_sandbox({"/usr/bin/python3", "-I", "-c",
                      "import os, time\n"
                      "for i in range(200):\n"
                      "    if os.fork() == 0: time.sleep(20); os._exit(0)\n"
                      "time.sleep(5); os.write(3, b'all')\n"},
                     options);
  // Refused where the kernel counts, else found and ended.
  EXPECT_EQ(outcome.result, "");
  if (outcome.ended == Ended::exited) {
    EXPECT_THAT(outcome.errors, HasSubstr("BlockingIOError"));
  } else {
    EXPECT_EQ(outcome.ended, Ended::too_many_processes) << how_it_ended(outcome, options);
  }
}

TEST(Sandbox, BoundsProcessorTimeOfAllProcessesTogether) {
  const SandboxOptions options = SandboxOptions().cpu_time(1s).deadline(30s);
  const SandboxOutcome outcome =
      shell("for i in 1 2 3; do (while :; do :; done) & done; wait", options);
  EXPECT_EQ(outcome.ended, Ended::too_much_cpu_time) << how_it_ended(outcome, options);
  EXPECT_EQ(how_it_ended(outcome, options), "used up its processor time");
}

TEST(Sandbox, BoundsItsOutput) {
  const SandboxOptions options = SandboxOptions().output(1 << 20).deadline(20s);
  for (const char* script : {"yes", "yes >&3"}) {
    const SandboxOutcome outcome = shell(script, options);
    EXPECT_EQ(outcome.ended, Ended::too_much_output);
    EXPECT_EQ(how_it_ended(outcome, options), "wrote more than 1 MiB");
    EXPECT_LT(outcome.result.size() + outcome.errors.size(), std::size_t{3} << 20);
  }
}

TEST(Sandbox, TellsItsOutputAsItComes) {
  std::string said;
  bool has_started = false;
  const SandboxOutcome outcome =
      shell("echo one; echo two >&2", SandboxOptions()
                                          .on_start([&](const SandboxProtection& protection) {
                                            has_started = protection.complete() && said.empty();
                                          })
                                          .on_output([&](std::string_view text) { said += text; }));
  EXPECT_TRUE(has_started);
  EXPECT_EQ(said, "one\ntwo\n");
}

TEST(Sandbox, IsStopped) {
  std::stop_source source;
  std::thread stopper([&] {
    std::this_thread::sleep_for(200ms);
    source.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("sleep 30", SandboxOptions().stop(source.get_token())).ended, Ended::stopped);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  stopper.join();
}

TEST(Sandbox, EndsWhereItsCallerIgnoresTheEndOfChildren) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("exit 3").status, 3);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  ::signal(SIGCHLD, before);
}

TEST(Sandbox, RefusesPathsThatAreItsOwn) {
  for (const char* path : {"/", "/proc/self/fd", "/dev"}) {
    const auto failure = tests::failure_of([&] { shell("true", SandboxOptions().readable(path)); });
    EXPECT_TRUE(failure.code == errc::weak_sandbox || failure.code == errc::cannot_start)
        << path << failure.sentence;
  }
}

std::vector<std::string> temporary_folders() {
  std::vector<std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
    if (entry.path().filename().string().starts_with("torchhub.")) found.push_back(entry.path());
  return found;
}

// Killed, it cleans nothing up itself: the processes that it started do.
TEST(Sandbox, LeavesNothingWhereItsCallerIsKilled) {
  const std::vector<std::string> before = temporary_folders();
  const std::string mark = "sleep 1000." + std::to_string(::getpid());
  const pid_t caller = ::fork();
  if (caller == 0) {
    shell("exec " + mark);
    ::_exit(0);
  }
  const auto is_running = [&] {
    return std::system(("pgrep -f '^" + mark + "$' > /dev/null").c_str()) == 0;
  };
  for (int i = 0; i < 100 && !is_running(); ++i) std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(is_running());
  ::kill(caller, SIGKILL);
  ::waitpid(caller, nullptr, 0);
  for (int i = 0; i < 100 && (is_running() || temporary_folders() != before); ++i)
    std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(is_running());
  EXPECT_EQ(temporary_folders(), before);
}

// The caller may be held up where it passes on what was written.
TEST(Sandbox, EndsAtItsDeadlineWhileItsCallerIsBusy) {
  const auto begin = std::chrono::steady_clock::now();
  const SandboxOutcome outcome =
      shell("echo said; while :; do :; done",
            SandboxOptions().deadline(500ms).on_output([&](std::string_view) {
              std::this_thread::sleep_for(2s);
              EXPECT_NE(std::system("pgrep -f '^/bin/bash -c echo said; while' > /dev/null"), 0);
            }));
  EXPECT_EQ(outcome.ended, Ended::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(Sandbox, BoundsTheMemoryOfSockets) {
  const SandboxOutcome outcome =
      run_in_sandbox({"/usr/bin/python3", "-I", "-c",
                      "import os, socket, time\n"
                      "for i in range(16):\n"
                      "    if os.fork() == 0:\n"
                      "        kept = []\n"
                      "        try:\n"
                      "            while True:\n"
                      "                a, b = socket.socketpair(); kept += [a, b]\n"
                      "                a.setblocking(False); b.setblocking(False)\n"
                      "                for each in (a, b):\n"
                      "                    try:\n"
                      "                        while each.send(bytes(65536)): pass\n"
                      "                    except BlockingIOError: pass\n"
                      "        except OSError: time.sleep(20)\n"
                      "time.sleep(20); os.write(3, b'all')\n"},
                     SandboxOptions().memory(std::uint64_t{512} << 20).deadline(30s));
  EXPECT_EQ(outcome.result, "");
  EXPECT_EQ(outcome.ended, Ended::too_much_memory);
}

TEST(Sandbox, HidesWhatItIsToHide) {
  const tests::TempFolder folder;
  tests::write_file(folder / "given/shown", "shown");
  tests::write_file(folder / "given/hidden", "hidden");
  tests::write_file(folder / "given/folder/hidden", "hidden");
  const std::string given = folder / "given";
  const SandboxOutcome outcome = shell(
      "cat " + given + "/shown >&3; cat " + given + "/hidden >&3; ls " + given + "/folder >&3",
      SandboxOptions().readable(given).hidden(given + "/hidden").hidden(given + "/folder"));
  EXPECT_EQ(outcome.result, "shown");
}

// Else a file of the sandbox's own would look like a missing wall.
TEST(Sandbox, KeepsItsOwnFolderOutOfWhatIsGiven) {
  const tests::TempFolder folder;
  ::setenv("TMPDIR", (folder / "given").c_str(), 1);
  std::filesystem::create_directory(folder / "given");
  const SandboxOutcome outcome = shell("ls " + (folder / "given").string() + " >&3",
                                       SandboxOptions().readable(folder / "given"));
  ::unsetenv("TMPDIR");
  EXPECT_EQ(outcome.result, "");
  EXPECT_EQ(outcome.status, 0);
}

// What one of two holds open would make the other wait.
TEST(Sandbox, DoesNotWaitForAnother) {
  std::thread slow([] { shell("sleep 3"); });
  std::this_thread::sleep_for(200ms);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("true").status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2500ms);
  slow.join();
}

TEST(Sandbox, FindsWhatLinksLeadTo) {
  const tests::TempFolder folder;
  tests::write_file(folder / "real/deep/data", "data");
  std::filesystem::create_directory_symlink("real", folder / "link");
  std::filesystem::create_directory_symlink(folder / "link/deep", folder / "absolute");
  const SandboxOutcome outcome =
      shell("cat " + (folder / "absolute/data").string() + " >&3; ls " + (folder / "real").string(),
            SandboxOptions().readable(folder / "absolute"));
  EXPECT_EQ(outcome.result, "data");
  EXPECT_EQ(outcome.errors, "deep\n");
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
