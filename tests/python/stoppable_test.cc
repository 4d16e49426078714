// Python code that a stop ends, in the thread that Python handles signals in and in others, and what is left of it
// afterwards: nothing.

#include <torchhub/python/error.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/stoppable.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/trusted.h>

#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

namespace torchhub::python {
namespace {

using namespace std::chrono_literals;
using tests::failure_of;
using tests::TrustedRepository;
using Clock = std::chrono::steady_clock;

constexpr const char* kHubconf = R"(
import os, subprocess, time, threading
def begin(path): open(path, 'w').close()
def say(path, what):
    with open(path + '.said', 'a') as file: file.write(what)
def busy(path):
    begin(path)
    while True: pass
def naps(path):
    begin(path)
    while True: time.sleep(0.005)
def sleeps(path):
    begin(path)
    time.sleep(60)
def waits(path):
    begin(path)
    threading.Event().wait(60)
def child(path):
    begin(path)
    subprocess.run(['sleep', '60'])
def cleans_up(path):
    try: naps(path)
    finally: say(path, 'cleaned up')
def goes_on(path):
    try: naps(path)
    except KeyboardInterrupt: time.sleep(0.05)
    return 'went on'
def turns_it_over(path):
    try: naps(path)
    except KeyboardInterrupt: raise ValueError('turned over')
def imports(path):
    begin(path)
    while True: import shared
def downloads(path):
    import torch
    begin(path)
    try: torch.hub.download_url_to_file('https://example.com/x', path)
    except KeyboardInterrupt:
        for _ in range(100): time.sleep(0.001)
        say(path, 'once')
        raise
def quick(): return 7
)";

// In the main thread, where the interpreter is started, or in another one.
class StoppableTest : public testing::TestWithParam<bool> {
 protected:
  static void SetUpTestSuite() { ensure_interpreter(); }

  static void in_thread(const std::function<void()>& body) {
    if (GetParam()) return body();
    std::thread(body).join();
  }

  Hubconf conf() {
    functions_.stop = stop_.get_token();
    return Hubconf(repository_.source(), std::make_shared<const HubFunctions>(functions_));
  }

  // Once the entry point has begun, and for a while more, which differs from time to time.
  void stop_when_begun(std::chrono::microseconds more = 20ms) {
    stopper_ = std::jthread([this, more] {
      while (!std::filesystem::exists(path_)) std::this_thread::sleep_for(1ms);
      std::this_thread::sleep_for(more);
      stop_.request_stop();
    });
  }

  const TrustedRepository repository_{{{"hubconf.py", kHubconf}, {"shared.py", "x = 1\n"}}};
  const tests::TempFolder home_;
  const std::string path_ = home_ / "begun";
  HubFunctions functions_;
  std::stop_source stop_;
  std::jthread stopper_;
};

TEST_P(StoppableTest, EndsAnEntryPoint) {
  for (const char* entry : {"busy", "naps", "imports", "cleans_up"}) {
    stop_ = std::stop_source();
    std::filesystem::remove(path_);
    in_thread([&] {
      const Hubconf hubconf = conf();
      stop_when_begun();
      const auto begin = Clock::now();
      const tests::Failure failure = failure_of([&] { hubconf.call(entry, Arguments(path_)); });
      EXPECT_EQ(failure.code, errc::stopped) << entry;
      EXPECT_EQ(failure.code, boost::system::errc::operation_canceled);
      EXPECT_EQ(failure.sentence, std::string("calling ") + entry + " was stopped");
      EXPECT_LT(Clock::now() - begin, 10s) << entry;
    });
  }
  // As Ctrl-C in Python, it let the code clean up.
  EXPECT_EQ(tests::read_file(path_ + ".said"), "cleaned up");
}

TEST_P(StoppableTest, MayBeCaught) {
  in_thread([&] {
    const Hubconf hubconf = conf();
    stop_when_begun();
    EXPECT_EQ(to_text(hubconf.call("goes_on", Arguments(path_))), "went on");
    // It is not the next call's.
    EXPECT_EQ(failure_of([&] { hubconf.call("quick", {}); }).code, errc::stopped);
    EXPECT_EQ(to_text(Hubconf(repository_.source()).call("quick", {})), "7");
  });
}

TEST_P(StoppableTest, MayBecomeAnotherException) {
  in_thread([&] {
    const Hubconf hubconf = conf();
    stop_when_begun();
    EXPECT_EQ(failure_of([&] { hubconf.call("turns_it_over", Arguments(path_)); }).sentence,
              "calling turns_it_over: ValueError: turned over");
  });
}

TEST_P(StoppableTest, RunsNothingOnceItWasRequested) {
  stop_.request_stop();
  in_thread([&] {
    EXPECT_EQ(failure_of([&] { conf(); }).sentence,
              "importing " + (repository_.folder() / "hubconf.py").string() + " was stopped");
  });
}

// Wherever the stop comes, turns are left as they must be: other repositories get theirs.
TEST_P(StoppableTest, LeavesNoTurnTaken) {
  const TrustedRepository other(
      {{"hubconf.py", "def f():\n    import shared\n    return shared.x\n"},
       {"shared.py", "x = 2\n"}});
  for (int i = 0; i < 60; ++i) {
    stop_ = std::stop_source();
    std::filesystem::remove(path_);
    in_thread([&] {
      const Hubconf hubconf = conf();
      stop_when_begun(std::chrono::microseconds(i * 37));
      EXPECT_EQ(failure_of([&] { hubconf.call("imports", Arguments(path_)); }).code, errc::stopped);
    });
    std::thread([&] { EXPECT_EQ(to_text(Hubconf(other.source()).call("f", {})), "2"); }).join();
  }
}

TEST_P(StoppableTest, IsNotSentIntoTheNextCall) {
  in_thread([&] {
    const Hubconf hubconf(repository_.source());
    for (int i = 0; i < 200; ++i) {
      std::stop_source stop;
      {
        const std::jthread stopper([&] { stop.request_stop(); });
        const Stoppable stoppable(stop.get_token());
        if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(i));
      }
      EXPECT_EQ(to_text(hubconf.call("quick", {})), "7") << i;
    }
  });
}

// A download that ends by the stop raises the KeyboardInterrupt itself: there is one of them.
TEST_P(StoppableTest, EndsDownloads) {
  if (*TORCHHUB_TORCH_FOLDER == '\0') GTEST_SKIP() << "the build's Python has no torch";
  in_thread([&] {
    functions_.download = [&](const std::string&, const std::string&, const std::string&) {
      while (!stop_.stop_requested()) std::this_thread::sleep_for(1ms);
      throw HubFailure(HubFailure::Kind::network, "the download ended");
    };
    const Hubconf hubconf = conf();
    stop_when_begun();
    EXPECT_EQ(failure_of([&] { hubconf.call("downloads", Arguments(path_)); }).code, errc::stopped);
    EXPECT_EQ(tests::read_file(path_ + ".said"), "once");
  });
}

INSTANTIATE_TEST_SUITE_P(Threads, StoppableTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Main" : "Another"; });

// What waits outside of Python ends in the main thread alone, as in Python.
using InterruptibleTest = StoppableTest;

TEST_P(InterruptibleTest, EndsWhatWaits) {
  for (const char* entry : {"sleeps", "waits", "child"}) {
    stop_ = std::stop_source();
    std::filesystem::remove(path_);
    const Hubconf hubconf = conf();
    stop_when_begun();
    const auto begin = Clock::now();
    EXPECT_EQ(failure_of([&] { hubconf.call(entry, Arguments(path_)); }).code, errc::stopped)
        << entry;
    EXPECT_LT(Clock::now() - begin, 20s) << entry;
  }
}

TEST_P(InterruptibleTest, LeavesTheProgramsHandlersAlone) {
  const auto program = [](int) {};
  struct sigaction mine {};
  mine.sa_handler = program;
  struct sigaction before {};
  sigaction(SIGINT, &mine, &before);
  const Hubconf hubconf = conf();
  stop_when_begun();
  EXPECT_EQ(failure_of([&] { hubconf.call("sleeps", Arguments(path_)); }).code, errc::stopped);
  struct sigaction after {};
  sigaction(SIGINT, &before, &after);
  EXPECT_EQ(after.sa_handler, mine.sa_handler);
  struct sigaction wake {};
  sigaction(SIGURG, nullptr, &wake);
  EXPECT_EQ(wake.sa_handler, SIG_DFL);
}

INSTANTIATE_TEST_SUITE_P(Threads, InterruptibleTest, testing::Values(true),
                         [](const auto&) { return "Main"; });

}  // namespace
}  // namespace torchhub::python
