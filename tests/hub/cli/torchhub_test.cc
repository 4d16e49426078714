// The command as a user runs it: what it prints, where, and how it ends.

#include <torchhub/tests/hub/cli/command_test.h>

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

class TorchhubTest : public tests::CommandTest {
 protected:
  TorchhubTest() {
    add_repository("acme/raises", "def f(): pass\nraise RuntimeError('boom')\n");
    add_repository("acme/needs",
                   "dependencies = ['torch', 'nonexistent_package']\ndef f(): 'Does it.'\n");
  }

  // No repository, no checkpoint and nothing half-made in the cache.
  void expect_empty_cache() {
    if (!fs::exists(home_ / "torch")) return;
    for (const auto& entry : fs::recursive_directory_iterator(home_ / "torch")) {
      EXPECT_TRUE(entry.is_directory() || entry.path().extension() == ".lock") << entry.path();
    }
  }
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

TEST_F(TorchhubTest, SaysThatItWasInterrupted) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"list", "acme/digits:main"},
           {"help", "acme/digits:main", "digit_reader"},
           {"deps", "acme/digits:main"},
           {"lock", "acme/digits:main", "--lock", home_ / "hub.lock"}}) {
    EXPECT_THAT(interrupted_while_fetching(command), HasSubstr("\ntorchhub: error: interrupted; "))
        << command[0];
    expect_empty_cache();
  }
  EXPECT_FALSE(fs::exists(home_ / "hub.lock"));
}

TEST_F(TorchhubTest, SaysThatAHubconfRaises) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"list", "acme/raises"}, {"help", "acme/raises", "f"}}) {
    const Outcome read = torchhub(command);
    EXPECT_EQ(read.status, 0) << read.err;
    EXPECT_THAT(read.out, StartsWith("f()"));
    EXPECT_THAT(read.err, HasSubstr("note: acme/raises cannot be loaded: line 2"));
    EXPECT_THAT(read.err, HasSubstr(" raises RuntimeError('boom')\n"));
  }
  EXPECT_THAT(failure({"list", "acme/raises", "--run", "--trust-repo"}),
              HasSubstr("hubconf.py: RuntimeError: boom"));
  EXPECT_THAT(failure({"load", "acme/raises", "f", "--trust-repo"}),
              HasSubstr("hubconf.py: RuntimeError: boom"));
}

TEST_F(TorchhubTest, SaysWhatIsMissing) {
  // Reading needs none of it: it succeeds, with a note.
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"list", "acme/needs"}, {"help", "acme/needs", "f"}}) {
    const Outcome read = torchhub(command);
    EXPECT_EQ(read.status, 0) << read.err;
    EXPECT_THAT(read.out, StartsWith("f()"));
    EXPECT_THAT(
        read.err,
        testing::EndsWith("note: acme/needs cannot be loaded: it needs nonexistent_package, not "
                          "installed (torchhub deps tells more)\n"));
    std::vector<std::string> quiet = command;
    quiet.push_back("--quiet");
    EXPECT_EQ(torchhub(quiet).err, "");
  }
  // Running the file checks no dependencies, as torch.hub.list does not.
  EXPECT_EQ(torchhub({"list", "acme/needs", "--run", "--trust-repo"}).out, "f()   Does it.\n");
  EXPECT_THAT(failure({"load", "acme/needs", "f", "--trust-repo"}),
              HasSubstr("Missing dependencies: nonexistent_package"));
}

TEST_F(TorchhubTest, LoadsNeitherLibTorchNorPythonWithoutNeed) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--version"},
                                             {"--help"},
                                             {"state-dict", kWeights},
                                             {"cache", "dir"},
                                             {"download", weights_url_, home_ / "x.pth"}}) {
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

}  // namespace
}  // namespace torchhub
