// What runs in the sandbox, as a user runs it: repositories of many kinds work there as they do without, and
// those that lie or shout reach nothing but their own lines.

#include <torchhub/tests/hub/cli/command_test.h>
#include <torchhub/tests/support/sanitizer.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace torchhub {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;
using tests::Outcome;
using Files = std::map<std::string, std::string>;

class SandboxCommandTest : public tests::CommandTest {
 protected:
  void SetUp() override {
    if (tests::kIsSanitized)
      GTEST_SKIP() << "the sandbox's bound on memory has no room for a sanitizer's shadow";
  }

  std::string local(const std::string& name, const Files& files) {
    for (const auto& [file, content] : files) tests::write_file(home_ / name / file, content);
    return home_ / name;
  }
};

struct LocalRepository {
  std::string name;
  int parameters;  // of what its entry point `net` gives, without a sandbox, too
  Files files;
};
const LocalRepository kRepositories[] = {
    {"plain", 9, {{"hubconf.py", "import torch\ndef net(): return torch.nn.Linear(2, 3)\n"}}},
    {"package",
     18,
     {{"hubconf.py", "from parts.nets import net\n"},
      {"parts/__init__.py", ""},
      {"parts/nets.py",
       "import torch\nfrom .sizes import N\ndef net(): return torch.nn.Linear(N, 3)\n"},
      {"parts/sizes.py", "N = 5\n"}}},
    {"reads_its_files",
     30,
     {{"hubconf.py",
       "import json, os, torch\ndef net():\n"
       "    with open(os.path.join(os.path.dirname(__file__), 'sizes.json')) as file:\n"
       "        return torch.nn.Linear(*json.load(file))\n"},
      {"sizes.json", "[4, 6]"}}},
    {"computes",
     160,
     {{"hubconf.py",
       "import torch, numpy\ndef net():\n"
       "    a = torch.linalg.svd(torch.randn(20, 20))[1] + torch.fft.rfft(torch.ones(38)).abs()\n"
       "    n = int(numpy.linalg.matrix_rank(numpy.eye(7)))\n"
       "    torch.nn.functional.conv2d(torch.randn(1, 3, 9, 9), torch.randn(4, 3, 3, 3))\n"
       "    return torch.nn.Linear(n, len(a))\n"}}},
    {"saves_and_loads",
     4,
     {{"hubconf.py",
       "import io, os, tempfile, torch\ndef net():\n"
       "    with tempfile.TemporaryDirectory() as folder:\n"
       "        torch.save({'n': torch.tensor(3)}, folder + '/x.pt')\n"
       "        n = torch.load(folder + '/x.pt')['n']\n"
       "    return torch.nn.Linear(int(n), 1)\n"}}},
    {"starts_processes",
     18,
     {{"hubconf.py",
       "import subprocess, sys, torch\ndef net():\n"
       "    said = subprocess.run([sys.executable, '-c', 'print(8)'], capture_output=True, "
       "check=True)\n"
       "    return torch.nn.Linear(int(said.stdout), 2)\n"}}},
    {"has_threads",
     8,
     {{"hubconf.py",
       "import concurrent.futures, queue, torch\ndef net():\n"
       "    with concurrent.futures.ThreadPoolExecutor(4) as pool:\n"
       "        return torch.nn.Linear(sum(pool.map(len, ['ab', 'c'])), 2)\n"}}},
    {"has_an_event_loop",
     8,
     {{"hubconf.py",
       "import asyncio, torch\nasync def size():\n"
       "    process = await asyncio.create_subprocess_exec('/bin/true')\n"
       "    return 3 + await process.wait()\n"
       "def net(): return torch.nn.Linear(asyncio.run(size()), 2)\n"}}},
    {"unpacks_archives",
     10,
     {{"hubconf.py",
       "import io, shutil, tarfile, tempfile, torch, zipfile\ndef net():\n"
       "    with tempfile.TemporaryDirectory() as folder:\n"
       "        with zipfile.ZipFile(folder + '/a.zip', 'w') as a: a.writestr('s', '9')\n"
       "        shutil.unpack_archive(folder + '/a.zip', folder + '/out')\n"
       "        shutil.copy2(folder + '/out/s', folder + '/copy')\n"
       "        return torch.nn.Linear(int(open(folder + '/copy').read()), 1)\n"}}},
    {"asks_who_and_where_it_is",
     6,
     {{"hubconf.py",
       "import ctypes.util, getpass, os, platform, socket, torch\ndef net():\n"
       "    assert getpass.getuser() and platform.platform() and socket.gethostname()\n"
       "    assert ctypes.util.find_library('c') and os.cpu_count() and os.path.expanduser('~')\n"
       "    return torch.nn.Linear(2, 2)\n"}}},
    {"scripts_and_traces",
     12,
     {{"hubconf.py",
       "import torch\ndef net():\n"
       "    return torch.jit.trace(torch.nn.Linear(3, 3), torch.ones(1, 3))\n"}}},
    {"has_a_database",
     7,
     {{"hubconf.py",
       "import logging, sqlite3, torch, uuid\ndef net():\n"
       "    logging.getLogger(__name__).warning('%s', uuid.uuid4())\n"
       "    base = sqlite3.connect('sizes.db')\n"
       "    base.execute('create table t (n int)'); base.execute('insert into t values (6)')\n"
       "    return torch.nn.Linear(base.execute('select n from t').fetchone()[0], 1)\n"}}},
};

TEST_F(SandboxCommandTest, LoadsThereWhatLoadsWithout) {
  for (const LocalRepository& repository : kRepositories) {
    const std::string folder = local(repository.name, repository.files);
    EXPECT_EQ(json_of({"load", folder, "net", "--source", "local", "--sandbox", "--json"})
                  .at("parameters"),
              json::value(repository.parameters))
        << repository.name;
  }
}

TEST_F(SandboxCommandTest, PassesOnWhatIsPrintedWithAMark) {
  const std::string folder = local(
      "loud",
      {{"hubconf.py",
        "import os, sys, torch\nprint('from list\\x1b[8m')\n"
        "def net():\n    print('printed')\n    print('torchhub: error: forged', file=sys.stderr)\n"
        "    os.write(2, b'no end')\n    return torch.nn.Linear(1, 1)\n"
        "def fails():\n    print('before')\n    raise ValueError('odd')\n"
        "def lies():\n    os.write(2, b'torchhub: error: lied\\n')\n    os._exit(1)\n"
        "def stops():\n    os.write(2, b'at 10%')\n    raise ValueError('odd')\n"}});
  const Outcome listed = torchhub({"list", folder, "--source", "local", "--run"});
  EXPECT_EQ(listed.err, "[sandbox] from list\\x1b[8m\n");
  EXPECT_EQ(listed.status, 0);
  const Outcome loaded = torchhub({"load", folder, "net", "--source", "local", "--sandbox"});
  EXPECT_EQ(loaded.status, 0);
  EXPECT_THAT(loaded.err, HasSubstr("[sandbox] printed\n"));
  EXPECT_THAT(loaded.err, HasSubstr("[sandbox] torchhub: error: forged\n"));
  EXPECT_THAT(loaded.err, HasSubstr("[sandbox] no end"));
  EXPECT_THAT(loaded.out, Not(HasSubstr("printed")));
  const Outcome failed = torchhub({"load", folder, "fails", "--source", "local", "--sandbox"});
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.err, HasSubstr("[sandbox] before\n"));
  EXPECT_THAT(failed.err, HasSubstr("\ntorchhub: error: "));
  EXPECT_THAT(failed.err, HasSubstr("ValueError: odd"));
  // What may be the repository's own sentence is not told as ours.
  EXPECT_EQ(torchhub({"load", folder, "lies", "--source", "local", "--sandbox"}).err,
            "[sandbox] from list\\x1b[8m\ntorchhub: error: in the sandbox: lied\n");
  const std::string stopped =
      torchhub({"load", folder, "stops", "--source", "local", "--sandbox"}).err;
  EXPECT_THAT(stopped, HasSubstr("[sandbox] at 10%\n"));
  EXPECT_THAT(stopped,
              HasSubstr("\ntorchhub: error: in the sandbox: calling stops: ValueError: odd"));
}

// A name pipe in a repository is another program's: who reads it takes what was meant for that.
TEST_F(SandboxCommandTest, ReadsNoFifos) {
  const std::string folder =
      local("fifo", {{"hubconf.py",
                      "import os\nsaid = repr(open(os.path.join(os.path.dirname(__file__), "
                      "'pipe')).read())\ndef f(): pass\nf.__doc__ = said\n"}});
  ASSERT_EQ(::mkfifo((folder + "/pipe").c_str(), 0666), 0);
  const int writer = ::open((folder + "/pipe").c_str(), O_RDWR | O_NONBLOCK);
  ASSERT_EQ(::write(writer, "secret", 6), 6);
  EXPECT_EQ(json_of({"help", folder, "f", "--source", "local", "--run", "--json"}).at("docstring"),
            json::value("''"));
  ::close(writer);
}

TEST_F(SandboxCommandTest, FindsACacheByItsLinks) {
  std::filesystem::create_directories(home_ / "torch/hub");
  tests::write_file(home_ / "disk/w.bin", "weights");
  std::filesystem::create_directory_symlink(home_ / "disk", home_ / "torch/hub/checkpoints");
  const std::string folder =
      local("cached", {{"hubconf.py",
                        "import os, torch\ndef net():\n"
                        "    size = os.path.getsize(torch.hub.get_dir() + '/checkpoints/w.bin')\n"
                        "    return torch.nn.Linear(size, 1)\n"}});
  EXPECT_EQ(
      json_of({"load", folder, "net", "--source", "local", "--sandbox", "--json"}).at("parameters"),
      json::value(8));
}

TEST_F(SandboxCommandTest, TakesNoHalfAnswer) {
  const std::string folder =
      local("half",
            {{"hubconf.py", "import os\ndef a(): pass\ndef b(): 'odd \\ud800'\ndef c(): pass\n"}});
  const json::value document = json_of({"list", folder, "--source", "local", "--run", "--json"});
  EXPECT_EQ(document.at("entry_points").as_array().size(), 3u);
  const std::string forged =
      local("forged", {{"hubconf.py",
                        "import os\nfor fd in range(3, 9):\n    try: os.write(fd, "
                        "b'4:done1:01:21:a0:0:')\n    except OSError: pass\nos._exit(0)\n"}});
  EXPECT_THAT(failure({"list", forged, "--source", "local", "--run"}),
              HasSubstr("its answer is not whole"));
}

// A repository may write where the sandbox takes its result: only what is one is shown, with the repository and the
// walls as they are, and escaped.
TEST_F(SandboxCommandTest, TakesOnlyWhatIsAResult) {
  const auto load = [&](const std::string& written, bool json) {
    const std::string folder =
        local("liar", {{"answer", written},
                       {"hubconf.py",
                        "import os\ndef f():\n"
                        "    answer = open(os.path.dirname(__file__) + '/answer', 'rb')\n"
                        "    os.write(3, answer.read())\n    os._exit(0)\n"}});
    std::vector<std::string> command = {"load", folder, "f", "--source", "local", "--sandbox"};
    if (json) command.emplace_back("--json");
    return torchhub(command);
  };
  const auto expect_refused = [&](const char* written, bool json) {
    const Outcome outcome = load(written, json);
    EXPECT_EQ(outcome.out, "") << written;
    EXPECT_THAT(outcome.err, HasSubstr("takes its result is no result\n")) << written;
  };
  for (const char* written :
       {"X\n", "{}", "[", "\xff", R"({"type":1e999,"output":[]})", R"({"type":"x"})",
        R"({"type":"x","output":[{}]})", R"({"type":"x","output":[],"elements":[3],"length":1})"})
    expect_refused(written, true);
  for (const char* written : {"", "torchhub: error: forged\n"}) expect_refused(written, false);
  for (const bool json : {false, true}) {
    const Outcome told = load(
        R"({"type":"\u001b]0;t\u0007","output":[],"entry":"forged","repo":"forged","protection":"forged"})",
        json);
    EXPECT_EQ(told.status, 0) << told.err;
    EXPECT_THAT(told.out, Not(HasSubstr("forged")));
    EXPECT_EQ(told.out.find('\x1b'), std::string::npos);
  }
}

TEST_F(SandboxCommandTest, TellsEachWall) {
  const std::string folder = local("plain", {{"hubconf.py", "def f(): 'Doc.'\n"}});
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"list", folder, "--source", "local", "--run", "--json"},
           {"help", folder, "f", "--source", "local", "--run", "--json"}}) {
    const json::value document = json_of(command);
    for (const char* wall : {"user", "files", "processes", "network", "ipc", "host", "privileges",
                             "landlock", "system_calls", "session", "limits"})
      EXPECT_EQ(document.at("protection").at(wall), json::value(true)) << wall;
    EXPECT_GE(document.at("protection").at("landlock_version").as_int64(), 1);
    EXPECT_TRUE(document.at("protection").at("memory_is_counted").is_bool());
  }
}

TEST_F(SandboxCommandTest, NamesTheLimitThatWasReached) {
  const std::string folder =
      local("greedy", {{"hubconf.py",
                        "import os, time\nfor i in range(3000):\n    if os.fork() == 0:\n"
                        "        time.sleep(60)\n        os._exit(0)\ntime.sleep(60)\n"}});
  const Outcome outcome = torchhub({"list", folder, "--source", "local", "--run"});
  EXPECT_EQ(outcome.status, 1);
  // The kernel refuses them, or they are found.
  EXPECT_THAT(outcome.err, testing::AnyOf(HasSubstr("more processes and threads than"),
                                          HasSubstr("BlockingIOError")));
}

}  // namespace
}  // namespace torchhub
