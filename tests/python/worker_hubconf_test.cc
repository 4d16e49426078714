// Hostile hubconf.py files, run in a process of their own: an error in time, and nothing else.

#include <torchhub/python/concepts.h>
#include <torchhub/python/error.h>
#include <torchhub/python/worker_hubconf.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/trusted.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace torchhub::python {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::Failure;
using tests::failure_of;
using tests::TrustedRepository;
using Files = std::map<std::string, std::string>;

static_assert(EntryPointSource<WorkerHubconf>);

std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> found;
  for (const EntryPoint& entry : listing.entry_points) found.push_back(entry.name);
  return found;
}

Failure failure_of_hubconf(const std::string& text,
                           const SandboxOptions& options = SandboxOptions().deadline(20s)) {
  const TrustedRepository repository(Files{{"hubconf.py", text}});
  return failure_of([&] { WorkerHubconf(repository.source(), options); });
}

TEST(WorkerHubconf, ListsAsHubconfDoes) {
  const TrustedRepository repository(
      Files{{"part.py", "def g(x: int = 1): 'From a part.'\n"}, {"hubconf.py", R"(
from part import g
dependencies = ['json']
def f(a, *, b=2):
    "Doc \u00e9."
def _hidden(): pass
VALUE = 1
globals()['a.b'] = f
)"}});
  const WorkerHubconf conf(repository.source());
  EXPECT_THAT(names(conf.listing()), ElementsAre("a.b", "f", "g"));
  EXPECT_THAT(conf.listing().dependencies, ElementsAre("json"));
  EXPECT_EQ(conf.entry_point("f").signature, "(a, *, b=2)");
  EXPECT_EQ(conf.entry_point("f").docstring, "Doc \xC3\xA9.");
  EXPECT_EQ(conf.entry_point("g").docstring, "From a part.");
  EXPECT_EQ(conf.entry_point("_hidden").name, "_hidden");
  EXPECT_EQ(failure_of([&] { conf.entry_point("VALUE"); }).code, errc::no_such_entry_point);
}

TEST(WorkerHubconf, ListsWhateverIsMissing) {
  const TrustedRepository repository(
      Files{{"hubconf.py", "dependencies = ['nonexistent_a', 'json']\ndef f(): pass\n"}});
  const Listing listing = WorkerHubconf(repository.source()).listing();
  EXPECT_THAT(names(listing), ElementsAre("f"));
  EXPECT_THAT(listing.dependencies, ElementsAre("nonexistent_a", "json"));
  EXPECT_EQ(failure_of_hubconf("def f(\n").code, errc::bad_hubconf);
}

TEST(WorkerHubconf, BringsExceptionsBack) {
  const TrustedRepository repository(Files{{"hubconf.py", "raise KeyError('gone')\n"}});
  try {
    WorkerHubconf conf(repository.source());
    FAIL() << "nothing was thrown";
  } catch (const PythonException& raised) {
    EXPECT_EQ(raised.type(), "KeyError");
    EXPECT_THAT(raised.traceback(), HasSubstr("hubconf.py\", line 1"));
  }
  EXPECT_THAT(
      failure_of_hubconf("dependencies = ['nonexistent_a']\nimport nonexistent_a\n").sentence,
      HasSubstr("ModuleNotFoundError: No module named 'nonexistent_a'"));
  EXPECT_EQ(failure_of_hubconf("import sys\nsys.exit(3)\n").code, errc::exception);
}

TEST(WorkerHubconf, OutlivesWhatTheFileDoes) {
  const std::map<std::string, std::string> hostile = {
      {"import os\nos._exit(5)\n", "exited with status 5"},
      {"import ctypes\nctypes.string_at(0)\n", "signal: Segmentation fault"},
      {"import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", ""},
      {"import resource, os\nos.abort()\n", "signal: Aborted"},
      {"x = []\nwhile True: x.append(bytearray(100 << 20))\n", ""},
      {"import os\nos.write(1, b'x' * 1000000)\nos._exit(0)\n", "exited with status 0"},
  };
  for (const auto& [text, sentence] : hostile) {
    const Failure failure = failure_of_hubconf(text);
    EXPECT_TRUE(failure.code == errc::worker_failed || failure.code == errc::exception)
        << text << failure.sentence;
    EXPECT_THAT(failure.sentence, HasSubstr(sentence));
    EXPECT_THAT(failure.sentence, HasSubstr("hubconf.py"));
  }
}

TEST(WorkerHubconf, NamesTheLimitThatAnExceptionComesFrom) {
  const SandboxOptions options =
      SandboxOptions().memory(std::uint64_t{512} << 20).temporary(1 << 20).processes(7);
  const std::map<std::string, std::string> greedy = {
      {"x = bytearray(1 << 30)\n",
       "hubconf.py (the sandbox gives it 512 MiB of memory): MemoryError"},
      {"open('big', 'wb').write(bytes(2 << 20))\n",
       "(the sandbox gives it 1 MiB for its files): OSError: "},
      {"raise BlockingIOError(11, 'Resource temporarily unavailable')\n",
       "(the sandbox gives it 7 processes and threads): BlockingIOError: "},
      {"raise ValueError('odd')\n", "hubconf.py: ValueError: odd"},
  };
  for (const auto& [text, sentence] : greedy)
    EXPECT_THAT(failure_of_hubconf(text, options).sentence, HasSubstr(sentence)) << text;
}

TEST(WorkerHubconf, EndsWhatDoesNotEnd) {
  const std::string loops[] = {
      "while True: pass\n",
      "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
      "signal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(1000)\n",
      "import os, time\nif os.fork() == 0:\n    os.setsid()\n    "
      "time.sleep(1000)\ntime.sleep(1000)\n",
  };
  for (const std::string& text : loops) {
    const auto begin = std::chrono::steady_clock::now();
    const Failure failure = failure_of_hubconf(text, SandboxOptions().deadline(3s));
    EXPECT_EQ(failure.code, errc::worker_failed);
    EXPECT_THAT(failure.sentence, HasSubstr("did not end within 3000 ms"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  }
}

TEST(WorkerHubconf, TakesNoNoteOfPrintsThreadsAndForks) {
  const TrustedRepository repository(Files{{"hubconf.py", R"(
import os, sys, threading, time
print('a print' * 100000)
os.write(1, b'more')
sys.stdout = None
threading.Thread(target=lambda: time.sleep(1000)).start()
if os.fork() == 0:
    time.sleep(1000)
def f(): pass
)"}});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(names(WorkerHubconf(repository.source()).listing()), ElementsAre("f"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST(WorkerHubconf, SeesNoSecretsAndNoNetworkAndChangesNothing) {
  const tests::TempFolder home;
  tests::write_file(home / ".ssh/id_rsa", "key");
  setenv("TORCHHUB_TEST_SECRET", "s3cret", 1);
  const TrustedRepository repository(Files{{"hubconf.py", R"(
import os, socket
tried = {}
def attempt(name, act):
    try:
        act()
        tried[name] = 'done'
    except OSError as error:
        tried[name] = type(error).__name__
attempt('ssh', lambda: open(')" + (home / ".ssh/id_rsa").string() +
                                                              R"(').read())
attempt('write', lambda: open(')" + (home / "new").string() + R"(', 'w'))
attempt('repository', lambda: open(os.path.join(os.path.dirname(__file__), 'new'), 'w'))
attempt('socket', lambda: socket.create_connection(('127.0.0.1', 22), 1))
attempt('own', lambda: open(os.path.expanduser('~/mine'), 'w'))
globals()['told'] = lambda: None
told.__doc__ = repr((tried, 'TORCHHUB_TEST_SECRET' in os.environ))
)"}});
  const WorkerHubconf conf(repository.source());
  const std::string told = conf.entry_point("told").docstring;
  EXPECT_THAT(told, HasSubstr("'own': 'done'"));
  EXPECT_THAT(told, HasSubstr("False)"));
  EXPECT_TRUE(conf.protection().complete());
  EXPECT_THAT(told, HasSubstr("'ssh': 'FileNotFoundError', 'write': 'FileNotFoundError', "
                              "'repository': 'OSError', 'socket': 'PermissionError'"));
  EXPECT_FALSE(std::filesystem::exists(repository.folder() / "new"));
}

}  // namespace
}  // namespace torchhub::python
