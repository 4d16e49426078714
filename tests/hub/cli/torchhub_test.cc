// The command as a user runs it: what it prints, where, and how it ends.

#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/pickle_builder.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;
using tests::Outcome;

constexpr const char* kWeights = "hub/examples/digits_release/digit_reader-c0f7955a.pth";

class TorchhubTest : public testing::Test {
 protected:
  TorchhubTest() {
    server_.add_branch("acme/digits", "main", "hub/examples/digits");
    server_.add_release("acme/digits", "v1", "hub/examples/digits_release");
    add_repository("acme/raises", "def f(): pass\nraise RuntimeError('boom')\n");
    add_repository("acme/needs",
                   "dependencies = ['torch', 'nonexistent_package']\ndef f(): 'Does it.'\n");
    add_repository("acme/prints",
                   "import os\nprint('a print')\nos.system('echo a child')\ndef f(n=1):\n    "
                   "print('another')\n    return n\n");
    tests::write_file(home_ / "ca.pem", server_.authority());
    variables_ = {{"TORCH_HOME", home_ / "torch"},
                  {"GITHUB_SERVER_URL", server_.url()},
                  {"GITHUB_API_URL", server_.api_url()},
                  {"SSL_CERT_FILE", home_ / "ca.pem"}};
  }

  void add_repository(const std::string& name, const std::string& hubconf) {
    tests::write_file(home_ / name / "hubconf.py", hubconf);
    server_.add_branch(name, "main", home_ / name);
  }

  Outcome torchhub(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "hub/cli/torchhub");
    return tests::run(arguments, variables_);
  }

  json::value json_of(const std::vector<std::string>& arguments) {
    const Outcome outcome = torchhub(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  // The command fails with one line on stderr that ends in `sentence`; returns that line.
  std::string failure(const std::vector<std::string>& arguments) {
    std::vector<std::string> quiet = arguments;
    quiet.push_back("--quiet");
    const Outcome outcome = torchhub(quiet);
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("torchhub: error: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    return outcome.err;
  }

  // No repository, no checkpoint and nothing half-made in the cache.
  void expect_empty_cache() {
    if (!fs::exists(home_ / "torch")) return;
    for (const auto& entry : fs::recursive_directory_iterator(home_ / "torch")) {
      EXPECT_TRUE(entry.is_directory() || entry.path().extension() == ".lock") << entry.path();
    }
  }

  // Libraries that the dynamic loader initialised while the command ran, those opened later
  // included.
  std::string loaded_libraries(const std::vector<std::string>& arguments) {
    variables_["LD_DEBUG"] = "libs";
    const Outcome outcome = torchhub(arguments);
    variables_.erase("LD_DEBUG");
    std::string libraries;
    for (std::size_t at = outcome.err.find("calling init: "); at != outcome.err.npos;
         at = outcome.err.find("calling init: ", at + 1)) {
      libraries += outcome.err.substr(at, outcome.err.find('\n', at) - at + 1);
    }
    return libraries;
  }

  tests::HubServer server_;
  tests::TempFolder home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(TorchhubTest, HelpsAndTellsItsVersion) {
  const std::string version = torchhub({"--version"}).out;
  ASSERT_THAT(version, MatchesRegex("torchhub [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  const std::string number = version.substr(9, version.size() - 10);
  EXPECT_THAT(tests::read_file("MODULE.bazel"), HasSubstr("version = \"" + number + "\",\n"));
  const Outcome help = torchhub({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* verb : {"list", "help", "load", "download", "state-dict", "cache"})
    EXPECT_THAT(help.out, HasSubstr(verb));
  EXPECT_THAT(torchhub({"load", "--help"}).out, HasSubstr("--trust-repo"));
}

TEST_F(TorchhubTest, EndsWithTwoForAWrongCommandLine) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"list"},
                                             {"list", "a/b", "--no-such-option"},
                                             {"help", "a/b"},
                                             {"download"},
                                             {"download", "https://h/x", "https://h/y", "z"},
                                             {"cache"},
                                             {"cache", "x"}}) {
    const Outcome outcome = torchhub(arguments);
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, StartsWith("torchhub: error: "));
  }
}

TEST_F(TorchhubTest, ListsEntryPoints) {
  const Outcome first = torchhub({"list", "acme/digits"});
  EXPECT_EQ(first.status, 0);
  EXPECT_EQ(first.out,
            "digit_classifier(pretrained: bool = False)                Names hand-written digits: "
            "as digit_reader, with the digits themselves as the answer.\n"
            "digit_reader(pretrained: bool = False, width: int = 32)   Reads hand-written digits, "
            "8 x 8, grey.\n");
  EXPECT_THAT(first.err, StartsWith("Downloading: "));
  const std::size_t requests = server_.requests().size();
  const Outcome second = torchhub({"list", "acme/digits"});
  EXPECT_EQ(second.out, first.out);
  EXPECT_THAT(second.err, StartsWith("Using cache found in "));
  EXPECT_EQ(server_.requests().size(), requests);
  EXPECT_EQ(torchhub({"list", "acme/digits", "--quiet"}).err, "");
}

TEST_F(TorchhubTest, ListsAsJson) {
  const json::value document = json_of({"list", "acme/digits", "--json"});
  const json::object& repo = document.at("repo").as_object();
  EXPECT_EQ(repo.at("owner"), json::value("acme"));
  EXPECT_EQ(repo.at("name"), json::value("digits"));
  EXPECT_EQ(repo.at("ref"), json::value("main"));
  EXPECT_EQ(repo.at("commit"), json::value(tests::HubServer::commit("acme/digits", "main")));
  EXPECT_TRUE(fs::exists(fs::path(repo.at("dir").as_string().c_str()) / "hubconf.py"));
  EXPECT_EQ(document.at("complete"), json::value(true));
  EXPECT_EQ(document.at("dependencies"), json::value{"torch"});
  EXPECT_EQ(document.at("entry_points").as_array().size(), 2u);
  EXPECT_EQ(document.at("entry_points").as_array()[1].at("signature"),
            json::value("(pretrained: bool = False, width: int = 32)"));
}

TEST_F(TorchhubTest, HelpsWithAnEntryPoint) {
  const Outcome outcome = torchhub({"help", "acme/digits", "digit_classifier"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(
      outcome.out,
      StartsWith("digit_classifier(pretrained: bool = False)\n\nNames hand-written digits"));
  EXPECT_THAT(outcome.out, HasSubstr("\nExample:\n    >>> model"));
  const json::value document = json_of({"--json", "help", "acme/digits", "digit_classifier"});
  EXPECT_EQ(document.at("name"), json::value("digit_classifier"));
  EXPECT_THAT(failure({"help", "acme/digits", "none"}),
              HasSubstr("Cannot find callable none in hubconf"));
}

TEST_F(TorchhubTest, LoadsAndRunsAModel) {
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

TEST_F(TorchhubTest, ExportsAModelThatRunsWithoutPython) {
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

TEST_F(TorchhubTest, SaysWhatCannotBeExportedOrRun) {
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

TEST_F(TorchhubTest, LoadsInASandboxIfAsked) {
  if (tests::kIsSanitized)
    GTEST_SKIP() << "the sandbox's bound on memory has no room for a sanitizer's shadow";
  const std::string weights =
      server_.url() + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";
  ASSERT_EQ(torchhub({"state-dict", weights}).status, 0);
  const json::value document =
      json_of({"load", "acme/digits", "digit_classifier", "true", "--trust-repo", "--sandbox",
               "--run", "hub/examples/seven.pt", "--json"});
  EXPECT_EQ(document.at("repo").at("owner"), json::value("acme"));
  EXPECT_EQ(document.at("output").at(0).at("values"), json::parse("[7]"));
  add_repository("acme/writes", "def f(path): open(path, 'w')\ndef g(): import os; os._exit(3)\n");
  EXPECT_THAT(failure({"load", "acme/writes", "f", home_ / "new", "--trust-repo", "--sandbox"}),
              HasSubstr("PermissionError"));
  EXPECT_FALSE(fs::exists(home_ / "new"));
  EXPECT_THAT(failure({"load", "acme/writes", "g", "--sandbox"}),
              HasSubstr("the sandboxed process exited with status 3"));
}

TEST_F(TorchhubTest, ListsAndInstallsDependencies) {
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
  // A package of this test's own, so that nothing is asked of an index.
  const std::string wheel = home_ / "mine_for_test-1.5-py3-none-any.whl";
  tests::write_file(
      wheel, tests::build_zip(
                 {{.name = "mine_for_test.py", .content = ""},
                  {.name = "mine_for_test-1.5.dist-info/METADATA",
                   .content = "Metadata-Version: 2.1\nName: mine-for-test\nVersion: 1.5\n"},
                  {.name = "mine_for_test-1.5.dist-info/WHEEL",
                   .content = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: "
                              "py3-none-any\n"},
                  {.name = "mine_for_test-1.5.dist-info/RECORD", .content = ""}}));
  add_repository("acme/wheel", "dependencies = ['mine_for_test']\n");
  variables_["PIP_FIND_LINKS"] = home_.path();
  variables_["PIP_NO_INDEX"] = "1";
  const json::value installed =
      json_of({"deps", "acme/wheel", "--install", "--python", home_ / "venv", "--yes", "--json"});
  EXPECT_EQ(installed.at("dependencies").at(0).at("version"), json::value("1.5"));
}

TEST_F(TorchhubTest, TakesAFolderForARepository) {
  EXPECT_EQ(torchhub({"list", "hub/examples/digits", "--source", "local"}).status, 0);
  const json::value document = json_of({"load", "hub/examples/digits", "digit_reader",
                                        "pretrained=false", "--source", "LOCAL", "--json"});
  EXPECT_EQ(document.at("repo").at("owner"), json::value(nullptr));
  EXPECT_EQ(server_.requests().size(), 0u);
  EXPECT_THAT(failure({"list", home_ / "nowhere", "--source", "local"}),
              HasSubstr("nowhere has no hubconf.py"));
}

TEST_F(TorchhubTest, RefusesUntrustedCode) {
  const std::string sentence = failure({"load", "acme/digits", "digit_reader"});
  EXPECT_THAT(sentence,
              HasSubstr("acme/digits is not trusted: loading it runs its code. Read it in "));
  EXPECT_THAT(sentence, HasSubstr("--trust-repo"));
  EXPECT_FALSE(fs::exists(home_ / "torch/hub/trusted_list"));
  EXPECT_THAT(failure({"list", "acme/digits", "--run"}), HasSubstr("not trusted"));
  tests::write_file(home_ / "torch/hub/trusted_list", "acme_digits\n");
  EXPECT_EQ(torchhub({"load", "acme/digits", "digit_reader"}).status, 0);
}

TEST_F(TorchhubTest, AsksAtATerminal) {
  const auto load_and_answer = [&](const std::string& answer) {
    return tests::run_at_terminal({"hub/cli/torchhub", "load", "acme/digits", "digit_reader"},
                                  variables_, "(y/N)?", answer);
  };
  for (const char* no : {"", "n", "maybe"}) {
    const Outcome refused = load_and_answer(no);
    EXPECT_EQ(refused.status, 1) << refused.out;
    EXPECT_THAT(refused.out, HasSubstr("The repository acme_digits does not belong to the list"));
    EXPECT_FALSE(fs::exists(home_ / "torch/hub/trusted_list"));
  }
  const Outcome trusted = load_and_answer("y");
  EXPECT_EQ(trusted.status, 0) << trusted.out;
  EXPECT_THAT(trusted.out, HasSubstr("parameters  21386"));
  EXPECT_EQ(tests::read_file(home_ / "torch/hub/trusted_list"), "acme_digits\n");
  EXPECT_THAT(load_and_answer("n").out, Not(HasSubstr("(y/N)?")));
}

TEST_F(TorchhubTest, WritesTrustDownWhereverItIsGiven) {
  EXPECT_EQ(torchhub({"list", "acme/digits", "--trust-repo"}).status, 0);
  EXPECT_EQ(tests::read_file(home_ / "torch/hub/trusted_list"), "acme_digits\n");
  EXPECT_TRUE(fs::exists(home_ / "torch/hub/acme_digits_main/hubconf.py"));
  EXPECT_EQ(torchhub({"load", "acme/digits", "digit_reader"}).status, 0);
}

TEST_F(TorchhubTest, KeepsStdoutForResults) {
  const Outcome outcome = torchhub({"load", "acme/prints", "f", "n=2", "--trust-repo", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("type"), json::value("int"));
  for (const char* printed : {"a print", "a child", "another"})
    EXPECT_THAT(outcome.err, HasSubstr(printed));
}

TEST_F(TorchhubTest, Downloads) {
  const std::string url =
      server_.url() + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";
  const Outcome outcome = torchhub({"download", url, home_ / "x.pth", "--sha256", "C0F7955A"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(tests::read_file(home_ / "x.pth"), tests::read_file(kWeights));
  EXPECT_THAT(
      outcome.out,
      HasSubstr(
          "x.pth  88341  c0f7955aa4bd453803da5c8daa54c62b25f9e0c9fe64bf3a99c16e793e9bb2eb\n"));
  const json::value document = json_of({"download", url, home_ / "y.pth", "--json"});
  const json::object& file = document.at("files").as_array().at(0).as_object();
  EXPECT_EQ(file.at("bytes"), json::value(88341));
  EXPECT_EQ(file.at("url"), json::value(url));
  EXPECT_THAT(failure({"download", url, home_ / "z.pth", "--sha256", "f37072fd"}),
              HasSubstr("invalid hash value (expected \"f37072fd\""));
  EXPECT_FALSE(fs::exists(home_ / "z.pth"));
}

TEST_F(TorchhubTest, ShowsACheckpoint) {
  const Outcome outcome = torchhub({"state-dict", kWeights});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("features.3.weight  float32  64 x 32 x 3 x 3  73 728\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("6 tensors, 85 544 bytes in 6 storages (zip format, nothing executed)\n"));
  const json::value document = json_of({"state-dict", kWeights, "--json"});
  EXPECT_EQ(document.at("format"), json::value("zip"));
  const json::object& tensor = document.at("tensors").as_array().at(0).as_object();
  EXPECT_EQ(tensor.at("name"), json::value("features.0.weight"));
  EXPECT_EQ(tensor.at("shape"), (json::value{32, 1, 3, 3}));
  EXPECT_EQ(tensor.at("bytes"), json::value(1152));
}

TEST_F(TorchhubTest, ShowsWhatIsNoTensor) {
  const std::string root = "}(" + tests::text("epoch") + tests::integer(3) + tests::text("lr") +
                           "G\x7f\xf0" + std::string(6, '\0') + tests::text("esc\x1b[2J") + "](" +
                           tests::text("a") + "N\x88" + "e" + "u";
  tests::write_file(home_ / "values.pt",
                    tests::build_zip({{.name = "a/data.pkl", .content = tests::pickle(root)},
                                      {.name = "a/version", .content = "3"}}));
  const json::value document = json_of({"state-dict", home_ / "values.pt", "--json"});
  EXPECT_EQ(document.at("values").at("epoch"), json::value(3));
  EXPECT_EQ(document.at("values").at("lr"), json::value("Infinity"));
  EXPECT_EQ(document.at("values").at("esc\x1b[2J"), (json::value{"a", nullptr, true}));
  EXPECT_THAT(torchhub({"state-dict", home_ / "values.pt"}).out, HasSubstr("0 tensors"));
}

TEST_F(TorchhubTest, ShowsACheckpointFromAUrl) {
  const std::string url =
      server_.url() + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";
  EXPECT_THAT(torchhub({"state-dict", url, "--check-hash"}).out, HasSubstr("6 tensors"));
  EXPECT_TRUE(fs::exists(home_ / "torch/hub/checkpoints/digit_reader-c0f7955a.pth"));
}

TEST_F(TorchhubTest, TellsTheCachesFolder) {
  EXPECT_EQ(torchhub({"cache", "dir"}).out, (home_ / "torch/hub").string() + "\n");
  EXPECT_EQ(json_of({"cache", "dir", "--json"}).at("dir"),
            json::value((home_ / "torch/hub").string()));
}

TEST_F(TorchhubTest, SaysThatARepositoryDoesNotExist) {
  EXPECT_THAT(failure({"list", "acme/nope"}), HasSubstr("/acme/nope does not exist or is private"));
  expect_empty_cache();
}

TEST_F(TorchhubTest, SaysThatTheServerIsDown) {
  variables_["GITHUB_SERVER_URL"] = [] { return tests::HubServer().url(); }();
  variables_["GITHUB_API_URL"] = variables_["GITHUB_SERVER_URL"];
  EXPECT_THAT(failure({"list", "acme/digits"}),
              HasSubstr("Connection refused (and acme/digits is not in the cache"));
  expect_empty_cache();
}

TEST_F(TorchhubTest, SaysThatTheServerIsNotTrusted) {
  tests::write_file(home_ / "ca.pem", tests::HubServer().authority());
  EXPECT_THAT(failure({"list", "acme/digits"}),
              HasSubstr("the certificate of 127.0.0.1 is not trusted"));
  expect_empty_cache();
}

TEST_F(TorchhubTest, SaysThatAHubconfRaises) {
  EXPECT_THAT(failure({"list", "acme/raises"}), HasSubstr("line 2 raises RuntimeError('boom')"));
  EXPECT_THAT(failure({"list", "acme/raises", "--run", "--trust-repo"}),
              HasSubstr("hubconf.py: RuntimeError: boom"));
  EXPECT_THAT(failure({"load", "acme/raises", "f", "--trust-repo"}),
              HasSubstr("hubconf.py: RuntimeError: boom"));
}

TEST_F(TorchhubTest, SaysWhatIsMissing) {
  EXPECT_THAT(failure({"list", "acme/needs"}),
              HasSubstr("Missing dependencies: nonexistent_package"));
  // What can be told all the same is told.
  EXPECT_EQ(torchhub({"list", "acme/needs"}).out, "f()   Does it.\n");
  EXPECT_THAT(failure({"load", "acme/needs", "f", "--trust-repo"}),
              HasSubstr("Missing dependencies: nonexistent_package"));
}

TEST_F(TorchhubTest, LoadsNeitherLibTorchNorPythonWithoutNeed) {
  const std::string url =
      server_.url() + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--version"},
                                             {"--help"},
                                             {"state-dict", kWeights},
                                             {"cache", "dir"},
                                             {"download", url, home_ / "x.pth"}}) {
    const std::string libraries = loaded_libraries(arguments);
    EXPECT_THAT(libraries, HasSubstr("libc.so"));
    EXPECT_THAT(libraries, Not(HasSubstr("libtorch"))) << arguments[0];
    EXPECT_THAT(libraries, Not(HasSubstr("libpython"))) << arguments[0];
  }
  // list needs Python's parser and no LibTorch; load needs both.
  const std::string list = loaded_libraries({"list", "acme/digits"});
  EXPECT_THAT(list, HasSubstr("libpython"));
  EXPECT_THAT(list, Not(HasSubstr("libtorch")));
  const std::string load =
      loaded_libraries({"load", "acme/digits", "digit_reader", "--trust-repo"});
  EXPECT_THAT(load, HasSubstr("libpython"));
  EXPECT_THAT(load, HasSubstr("libtorch"));
}

TEST_F(TorchhubTest, DownloadsSeveralFilesIntoAFolder) {
  server_.answer("/a.bin", {.body = "first"});
  server_.answer("/b.bin", {.body = "second"});
  const std::string a = server_.url() + "/a.bin";
  const std::string b = server_.url() + "/b.bin?signature=x";
  const json::value document =
      json_of({"download", a, b, "--output-dir", home_ / "new/weights", "--json"});
  EXPECT_EQ(document.at("files").as_array().size(), 2u);
  EXPECT_EQ(document.at("files").at(1).at("path").as_string(),
            (home_ / "new/weights/b.bin").string());
  EXPECT_EQ(tests::read_file(home_ / "new/weights/a.bin"), "first");
  EXPECT_EQ(tests::read_file(home_ / "new/weights/b.bin"), "second");
}

TEST_F(TorchhubTest, FinishesTheOtherDownloadsWhenOneFails) {
  server_.answer("/a.bin", {.body = "first"});
  const Outcome outcome = torchhub({"download", server_.url() + "/missing.bin",
                                    server_.url() + "/a.bin", "--output-dir", home_.path()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("torchhub: error: " + server_.url() + "/missing.bin"));
  EXPECT_EQ(tests::read_file(home_ / "a.bin"), "first");
}

TEST_F(TorchhubTest, RefusesDownloadsThatMakeNoSense) {
  const std::string a = server_.url() + "/x/a.bin";
  const std::string b = server_.url() + "/y/a.bin";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"download", a, b, "--output-dir", home_.path()},
        {"download", a, home_ / "x", "--output-dir", home_.path()},
        {"download", a, b, home_ / "x"},
        {"download", a, home_ / "x", "--sha256", "ab", "--sha256", "cd"},
        {"download", a, home_ / "x", "--header", "no colon"},
        {"download", a, home_ / "x", "--limit-rate", "fast"},
        {"download", a, home_ / "x", "--connections", "0"}}) {
    EXPECT_EQ(torchhub(arguments).status, 2) << testing::PrintToString(arguments);
  }
  EXPECT_EQ(server_.requests().size(), 0u);
}

TEST_F(TorchhubTest, SendsHeadersToTheUrlsOwnServer) {
  server_.answer("/a.bin", {.body = "first"});
  const Outcome outcome = torchhub({"download", server_.url() + "/a.bin", home_ / "a", "--header",
                                    "Authorization: Bearer s3cret"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(server_.requests().front().authorization, "Bearer s3cret");
}

TEST_F(TorchhubTest, ScansFilesWithoutLoadingThem) {
  const std::string evil = tests::build_zip(
      {{.name = "a/data.pkl",
        .content = tests::pickle(tests::global("posix", "system") + tests::text("id") + "\x85R")},
       {.name = "a/version", .content = "3"}});
  tests::write_file(home_ / "evil.pth", evil);
  const Outcome outcome = torchhub({"scan", kWeights, home_ / "evil.pth", home_ / "none.pth"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out,
              StartsWith("safe " + std::string(kWeights) + "\nrefused " +
                         (home_ / "evil.pth").string() + ": posix.system at byte 2\n"));
  EXPECT_THAT(outcome.out, HasSubstr("No such file"));
  EXPECT_EQ(outcome.err, "torchhub: error: 2 of 3 files refused\n");
  EXPECT_EQ(torchhub({"scan", kWeights}).status, 0);
  const Outcome as_json = torchhub({"scan", home_ / "evil.pth", "--json"});
  EXPECT_EQ(as_json.status, 1);
  const json::value file = json::parse(as_json.out).at("files").at(0);
  EXPECT_EQ(file.at("verdict"), "refused");
  EXPECT_EQ(file.at("globals").at(0),
            (json::value{{"name", "posix.system"}, {"offset", 2}, {"allowed", false}}));
}

TEST_F(TorchhubTest, ConvertsComparesAndPicksTensors) {
  const std::string made = home_ / "made.safetensors";
  const json::value converted = json_of({"convert", kWeights, made, "--json"});
  EXPECT_EQ(converted.at("tensors"), json::value(6));
  EXPECT_EQ(torchhub({"state-dict", "--diff", kWeights, made}).out, "no difference\n");
  const json::value picked =
      json_of({"state-dict", made, "--name", "scores.*", "--digest", "--json"});
  ASSERT_EQ(picked.at("tensors").as_array().size(), 2u);
  EXPECT_EQ(picked.at("format"), "safetensors");
  const json::value same =
      json_of({"state-dict", kWeights, "--name", "scores.bias", "--digest", "--json"});
  EXPECT_EQ(same.at("tensors").at(0).at("sha256").as_string().size(), 64u);

  // One bit of the last element's sign.
  std::string changed = tests::read_file(made);
  changed.back() = static_cast<char>(changed.back() ^ '\x80');
  tests::write_file(home_ / "changed.safetensors", changed);
  const json::value diff =
      json_of({"state-dict", "--diff", made, home_ / "changed.safetensors", "--json"});
  ASSERT_EQ(diff.at("changed").as_array().size(), 1u);
  EXPECT_EQ(diff.at("changed").at(0).at("reason"), "values");
  EXPECT_GT(diff.at("changed").at(0).at("max_abs").as_double(), 0);
  EXPECT_TRUE(diff.at("only_a").as_array().empty());
  EXPECT_EQ(torchhub({"state-dict"}).status, 2);
  EXPECT_EQ(torchhub({"state-dict", made, "--diff", made, made}).status, 2);
}

}  // namespace
}  // namespace torchhub
