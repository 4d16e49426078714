// load, export, run and deps, as a user runs them.

#include <torchhub/tests/hub/cli/command_test.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/wheel.h>

#include <torchhub_torch_config.h>

#include <filesystem>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using tests::Outcome;

class ModelCommandsTest : public tests::CommandTest {
 protected:
  // A package without content, where pip finds it by PIP_FIND_LINKS.
  void add_wheel(const std::string& name, const std::string& version, const std::string& metadata) {
    tests::write_wheel(home_.path(), name, version, metadata);
  }
};

TEST_F(ModelCommandsTest, LoadsAndRunsAModel) {
  const Outcome outcome =
      torchhub({"load", "acme/digits", "digit_reader", "pretrained=true", "--trust-repo", "--run",
                "hub/examples/seven.pt", "--script", home_ / "out.pt"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("type        digit_reader.network.DigitReader\nparameters  "
                                     "21386\ndevice      cpu\nmethods     forward\n"));
  EXPECT_THAT(outcome.out, HasSubstr("output      float32  1 x 10  ["));
  EXPECT_GT(fs::file_size(home_ / "out.pt"), 85'000u);
  // Trusted now, and cached: nothing is asked of anybody.
  const std::size_t requests = server_.requests().size();
  const json::value document = json_of({"load", "acme/digits", "digit_classifier", "true", "--run",
                                        "hub/examples/seven.pt", "--json"});
  EXPECT_EQ(document.at("entry"), json::value("digit_classifier"));
  EXPECT_EQ(document.at("parameters"), json::value(21386));
  EXPECT_EQ(document.at("output"),
            json::parse(R"([{"dtype": "int64", "shape": [1], "values": [7]}])"));
  EXPECT_EQ(server_.requests().size(), requests);
}

TEST_F(ModelCommandsTest, ExportsAModelThatRunsWithoutPython) {
  for (const char* format : {"torchscript", "default"}) {
    const std::string file = home_ / (std::string(format) + ".pt2");
    std::vector<std::string> arguments = {"export",          "acme/digits",  "digit_reader",
                                          "pretrained=true", "--trust-repo", "--input",
                                          "?x8x8:float32",   "--output",     file,
                                          "--json"};
    if (format == std::string("torchscript"))
      arguments.insert(arguments.end(), {"--format", "torchscript"});
    const json::value made = json_of(arguments);
    EXPECT_EQ(made.at("file"), json::value(file));
    EXPECT_EQ(made.at("bytes"), json::value(fs::file_size(file)));
    EXPECT_EQ(made.at("inputs"), json::parse(R"([{"dtype": "float32", "shape": [2, 8, 8]}])"));
    EXPECT_EQ(made.at("outputs"), json::parse(R"([{"dtype": "float32", "shape": [2, 10]}])"));
    const json::value scores =
        json_of({"run", file, "hub/examples/seven.pt", "--output", home_ / "scores.pt", "--json"});
    const json::array& values = scores.at("output").at(0).at("values").as_array();
    ASSERT_EQ(values.size(), 10u);
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_LE(values[i].as_double(), values[7].as_double()) << format;
    }
    EXPECT_THAT(torchhub({"state-dict", home_ / "scores.pt"}).out, HasSubstr("float32  1 x 10"));
    const std::string libraries = loaded_libraries({"run", file, "hub/examples/seven.pt"});
    EXPECT_THAT(libraries, HasSubstr("libtorch_cpu"));
    EXPECT_THAT(libraries, Not(HasSubstr("libpython")));
  }
}

// {b: 10, a: 1} for forward(a, b).
TEST_F(ModelCommandsTest, CallsModelsByTheNamesOfTheirInputs) {
  tests::write_file(home_ / "minus/hubconf.py",
                    "import torch\nclass Minus(torch.nn.Module):\n"
                    "    def forward(self, a, b): return a - b\n"
                    "def minus(): return Minus()\n");
  const auto number = [](const std::string& key) {
    return tests::tensor(tests::storage("FloatStorage", key, 1), 0, tests::tuple(1),
                         tests::tuple(1));
  };
  const auto write = [&](const std::string& body) {
    const auto bytes = [](float value) {
      return std::string(reinterpret_cast<const char*>(&value), sizeof value);
    };
    tests::write_file(home_ / "in.pt",
                      tests::build_zip({{.name = "a/data.pkl", .content = tests::pickle(body)},
                                        {.name = "a/version", .content = "3\n"},
                                        {.name = "a/data/0", .content = bytes(1)},
                                        {.name = "a/data/1", .content = bytes(10)}}));
  };
  const auto dict = [&](const std::string& first) {
    write("}(" + tests::text("b") + number("1") + tests::text(first) + number("0") + "u");
  };
  const std::vector<std::string> entry = {"--source", "local", home_ / "minus", "minus",
                                          "--trust-repo"};
  std::vector<std::string> load = {"load"};
  load.insert(load.end(), entry.begin(), entry.end());
  load.insert(load.end(), {"--run", home_ / "in.pt", "--script", home_ / "minus.pt", "--json"});
  const std::vector<std::string> run = {"run", home_ / "minus.pt", home_ / "in.pt", "--json"};
  dict("a");
  for (const auto& command : {load, run})
    EXPECT_EQ(json_of(command).at("output").at(0).at("values"), json::parse("[-9.0]"));
  write("(" + number("0") + number("1") + "t");
  for (const auto& command : {load, run})
    EXPECT_EQ(json_of(command).at("output").at(0).at("values"), json::parse("[-9.0]"));
  dict("c");
  EXPECT_THAT(failure(load), HasSubstr("unexpected keyword argument 'c'"));
  EXPECT_THAT(failure(run), HasSubstr("has no input 'c', which the file holds"));
  write("(" + number("0") + number("1") + tests::integer(5) + "t");
  EXPECT_THAT(failure(run), HasSubstr("the file holds 5 at '2', where tensors alone are taken"));
}

TEST_F(ModelCommandsTest, ReplacesWhatIsReadOnlyByForce) {
  const std::string model = home_ / "model.pt";
  const std::vector<std::string> call = {"acme/digits", "digit_reader", "pretrained=true",
                                         "--trust-repo"};
  const auto with = [&](const char* verb, std::vector<std::string> more) {
    std::vector<std::string> command = {verb};
    command.insert(command.end(), call.begin(), call.end());
    command.insert(command.end(), more.begin(), more.end());
    return command;
  };
  ASSERT_EQ(torchhub(with("load", {"--script", model})).status, 0);
  const std::string file = home_ / "x.pt";
  for (const std::vector<std::string>& command :
       {with("export", {"--format", "torchscript", "--input", "1x8x8:float32", "--output", file}),
        with("load", {"--script", file}),
        std::vector<std::string>{"run", model, "hub/examples/seven.pt", "--output", file}}) {
    fs::remove(file);
    tests::write_file(file, "kept");
    fs::permissions(file, fs::perms::owner_read);
    EXPECT_THAT(failure(command), HasSubstr("x.pt: is read-only; ")) << command[0];
    EXPECT_EQ(tests::read_file(file), "kept") << command[0];
    std::vector<std::string> forced = command;
    forced.push_back("--force");
    const tests::Outcome outcome = torchhub(forced);
    EXPECT_EQ(outcome.status, 0) << command[0] << outcome.err;
    EXPECT_NE(tests::read_file(file), "kept") << command[0];
  }
}

TEST_F(ModelCommandsTest, SaysWhatCannotBeExportedOrRun) {
  const std::string file = home_ / "x.pt2";
  EXPECT_EQ(torchhub({"export", "acme/digits", "digit_reader", "--trust-repo", "--input",
                      "1xtwo:float32", "--output", file})
                .status,
            2);
  EXPECT_EQ(torchhub({"export", "acme/digits", "digit_reader", "--trust-repo", "--input",
                      "1x8x8:float99", "--output", file})
                .status,
            2);
  EXPECT_THAT(failure({"export", "acme/digits", "digit_reader", "--trust-repo", "--format",
                       "torchscript", "--input", "1x20x8:float32", "--output", file}),
              HasSubstr("exporting the model: RuntimeError: "));
  EXPECT_THAT(failure({"run", kWeights, "hub/examples/seven.pt"}),
              HasSubstr("is neither a compiled package nor TorchScript"));
  EXPECT_FALSE(fs::exists(file));
  EXPECT_THAT(torchhub({"export", "--help"}).out, HasSubstr("--unsafe-checkpoints"));
}

TEST_F(ModelCommandsTest, LoadsInASandboxIfAsked) {
  if (tests::kIsSanitized)
    GTEST_SKIP() << "the sandbox's bound on memory has no room for a sanitizer's shadow";
  ASSERT_EQ(torchhub({"state-dict", weights_url_}).status, 0);
  const json::value document =
      json_of({"load", "acme/digits", "digit_classifier", "true", "--trust-repo", "--sandbox",
               "--run", "hub/examples/seven.pt", "--json"});
  EXPECT_EQ(document.at("repo").at("owner"), json::value("acme"));
  EXPECT_EQ(document.at("output").at(0).at("values"), json::parse("[7]"));
  add_repository("acme/writes", "def f(path): open(path, 'w')\ndef g(): import os; os._exit(3)\n");
  EXPECT_THAT(failure({"load", "acme/writes", "f", home_ / "new", "--trust-repo", "--sandbox"}),
              HasSubstr("Read-only file system"));
  EXPECT_FALSE(fs::exists(home_ / "new"));
  EXPECT_THAT(failure({"load", "acme/writes", "g", "--sandbox"}),
              HasSubstr("the sandboxed process exited with status 3"));
}

TEST_F(ModelCommandsTest, ListsAndInstallsDependencies) {
  add_repository("acme/many", "dependencies = ['json', 'cv2', 'nonexistent_package']\n");
  const json::value document = json_of({"deps", "acme/many", "--json"});
  const json::array& dependencies = document.at("dependencies").as_array();
  ASSERT_EQ(dependencies.size(), 3u);
  EXPECT_EQ(dependencies[0].at("import"), json::value("json"));
  EXPECT_TRUE(dependencies[0].at("version").is_string());
  EXPECT_EQ(dependencies[1].at("name"), json::value("opencv-python"));
  EXPECT_EQ(dependencies[1].at("import"), json::value("cv2"));
  EXPECT_EQ(dependencies[2].at("version"), json::value(nullptr));
  EXPECT_THAT(torchhub({"deps", "acme/many"}).out, HasSubstr("nonexistent_package  missing"));
  // Into a virtual environment, and after a yes, only.
  EXPECT_THAT(torchhub({"deps", "acme/many", "--install"}).err,
              HasSubstr("--install needs --python and a virtual environment"));
  EXPECT_THAT(failure({"deps", "acme/many", "--install", "--python", "/usr", "--yes"}),
              HasSubstr("/usr is no virtual environment"));
  ASSERT_EQ(tests::run({"/usr/bin/python3", "-m", "venv", home_ / "venv"}).status, 0);
  EXPECT_THAT(torchhub({"deps", "acme/many", "--install", "--python", home_ / "venv"}).err,
              HasSubstr("nobody is there to be asked whether to pip install opencv-python "
                        "nonexistent_package into"));
  // Packages of this test's own, so that nothing is asked of an index. There is a newer torch, too.
  const std::string linked =
      std::string(TORCHHUB_TORCH_VERSION).substr(0, std::string(TORCHHUB_TORCH_VERSION).find('+'));
  add_wheel("mine_for_test", "1.5", "Requires-Dist: torch\n");
  add_wheel("torch", linked, "");
  add_wheel("torch", "99.0", "");
  add_repository("acme/wheel", "dependencies = ['mine_for_test']\n");
  variables_["PIP_FIND_LINKS"] = home_.path();
  variables_["PIP_NO_INDEX"] = "1";
  const json::value installed =
      json_of({"deps", "acme/wheel", "--install", "--python", home_ / "venv", "--yes", "--json"});
  EXPECT_EQ(installed.at("dependencies").at(0).at("version"), json::value("1.5"));
  EXPECT_THAT(tests::run({home_ / "venv/bin/python", "-m", "pip", "list"}).out,
              ContainsRegex("torch +" + linked));
}

TEST_F(ModelCommandsTest, LetsNoOtherProgramSteerTheTerminal) {
  // A Python whose versions and whose pip write what they like.
  tests::write_file(home_ / "fake/pyvenv.cfg", "");
  tests::write_file(home_ / "fake/bin/python",
                    "#!/bin/sh\nif [ \"$1\" = -I ]; then printf 'a a -\\nb b 1\\033[8m\\n'; else "
                    "printf 'Collecting \\033]0;title\\007 \\302\\233m \\233m\\n'; fi\n");
  std::filesystem::permissions(home_ / "fake/bin/python", std::filesystem::perms(0755));
  add_repository("acme/two", "dependencies = ['a', 'b']\n");
  const Outcome outcome =
      torchhub({"deps", "acme/two", "--install", "--yes", "--python", home_ / "fake"});
  EXPECT_THAT(outcome.err, HasSubstr("Collecting \\x1b]0;title\\x07 \\u009bm \\x9bm\n"));
  EXPECT_THAT(outcome.out, HasSubstr("1\\x1b[8m"));
  EXPECT_EQ((outcome.out + outcome.err).find('\x1b'), std::string::npos);
  // Names that are none go to no pip.
  add_repository("acme/evil", "dependencies = ['http://2130706433/x\\x1b[8m']\n");
  EXPECT_THAT(
      failure({"deps", "acme/evil", "--install", "--yes", "--python", home_ / "fake"}),
      HasSubstr("says that it needs \"http://2130706433/x\\x1b[8m\", which is not the name"));
}

TEST_F(ModelCommandsTest, SaysThatItWasInterrupted) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"load", "acme/digits:main", "digit_reader"},
           {"load", "acme/digits:main", "digit_reader", "--sandbox"},
           {"export", "acme/digits:main", "digit_reader", "--input", "1x8x8:float32", "--output",
            home_ / "x"}})
    EXPECT_THAT(interrupted_while_fetching(command),
                HasSubstr("\ntorchhub: error: interrupted; the cache is as it was\n"));
  EXPECT_TRUE(fs::is_empty(home_ / "torch/hub/.torchhub/staging"));
}

// In the repository's code it is a KeyboardInterrupt, as in Python.
TEST_F(ModelCommandsTest, InterruptsTheRepositorysCode) {
  add_repository("acme/sleeps", R"(
import os, time
import torch
def sleeps():
    print('begun', flush=True)
    try: time.sleep(60)
    finally: print('cleaned up', flush=True)
def child():
    import subprocess
    subprocess.run(['sh', '-c', 'echo begun; sleep 60'])
def downloads():
    url = os.environ['GITHUB_SERVER_URL'] + '/acme/digits/releases/download/v1/slow.pth'
    try: torch.hub.load_state_dict_from_url(url)
    except Exception: print('taken for a failure', flush=True)
def stubborn():
    print('begun', flush=True)
    while True:
        try: time.sleep(60)
        except KeyboardInterrupt: print('not yet', flush=True)
def forks():
    import signal
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    os.kill(child, signal.SIGTERM)
    print('child', os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
)");
  server_.answer("/acme/digits/releases/download/v1/slow.pth", {.silent = true});
  const auto wait_until = [](tests::Process& process, const auto& is_so) {
    while (process.is_running() && !is_so())
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  for (const std::string entry : {"sleeps", "child", "downloads", "stubborn"}) {
    const std::string output = home_ / ("said by " + entry);
    const auto said = [&] { return tests::read_file(output); };
    tests::Process process({"hub/cli/torchhub", "load", "acme/sleeps", entry, "--trust-repo"},
                           variables_, output);
    wait_until(process, [&] {
      return entry == "downloads" ? server_.count_requests("slow.pth") > 0
                                  : said().find("begun") != std::string::npos;
    });
    process.send(SIGINT);
    if (entry == "stubborn") {
      wait_until(process, [&] { return said().find("not yet") != std::string::npos; });
      process.send(SIGINT);
    }
    EXPECT_EQ(process.wait(), 130) << entry;
    EXPECT_THAT(said(), testing::EndsWith("\ntorchhub: error: interrupted\n")) << entry;
    EXPECT_EQ(said().find("cleaned up") != std::string::npos, entry == "sleeps") << said();
    EXPECT_THAT(said(), Not(HasSubstr("taken for a failure")));
  }
  // A signal to a process that the code forked is that process's.
  EXPECT_THAT(torchhub({"load", "acme/sleeps", "forks", "--trust-repo"}).err,
              HasSubstr("child 15\n"));
}

TEST_F(ModelCommandsTest, KeepsStdoutForResults) {
  add_repository("acme/prints",
                 "import os\nprint('a print')\nos.system('echo a child')\ndef f(n=1):\n    "
                 "print('another')\n    return n\n");
  const Outcome outcome = torchhub({"load", "acme/prints", "f", "n=2", "--trust-repo", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("type"), json::value("int"));
  for (const char* printed : {"a print", "a child", "another"})
    EXPECT_THAT(outcome.err, HasSubstr(printed));
}

}  // namespace
}  // namespace torchhub
