// The completions, asked by the shells themselves, and the manual page.

#include <torchhub/hub/cli/command_line_parser.h>
#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

namespace torchhub::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CompletionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    home_ = new tests::TempFolder();
    tests::HubServer server;
    server.add_branch("acme/digits", "main", "hub/examples/digits");
    tests::write_file(*home_ / "ca.pem", server.authority());
    variables_ = {
        {"TORCH_HOME", *home_ / "torch"},
        {"HOME", *home_ / "home"},
        {"GITHUB_SERVER_URL", server.url()},
        {"GITHUB_API_URL", server.api_url()},
        {"SSL_CERT_FILE", *home_ / "ca.pem"},
        {"PATH", (std::filesystem::current_path() / "hub/cli").string() + ":/usr/bin:/bin"}};
    std::filesystem::create_directories(*home_ / "home");
    tests::run({"hub/cli/torchhub", "list", "acme/digits"}, variables_);
    // Git allows these in a ref; typed as they are, a shell would run or lose a part of them.
    for (const char* ref : {"$(x)", "a`x`", "a;x", "a b", "a'b", "a>b", "a\u202Eb"}) {
      server.add_branch("acme/digits", ref, "hub/examples/digits");
      const std::string name = std::string("acme/digits:") + ref;
      EXPECT_EQ(tests::run({"hub/cli/torchhub", "list", name}, variables_).status, 0) << ref;
    }
  }

  static std::string output_of(const std::vector<std::string>& command) {
    const tests::Outcome outcome = tests::run(command, variables_);
    EXPECT_THAT(outcome.err, IsEmpty()) << command[0];
    return outcome.out;
  }

  static std::string bash(const std::string& line) {
    return output_of(
        {"/bin/bash", "-c",
         "source <(torchhub completion bash)\nCOMP_LINE='" + line +
             "'\nCOMP_POINT=${#COMP_LINE}\n_torchhub\nprintf '%s\\n' \"${COMPREPLY[@]}\""});
  }

  static std::string fish(const std::string& line) {
    return output_of({"/usr/bin/fish", "--no-config", "-c",
                      "torchhub completion fish | source; complete -C '" + line + "'"});
  }

  // zsh's own asking needs a terminal; what it asks does not.
  static std::string zsh(const std::string& words, const std::string& current) {
    return output_of(
        {"/usr/bin/zsh", "-f", "-c",
         "source <(torchhub completion zsh); current='" + current + "'; _torchhub_words " + words});
  }

  static inline tests::TempFolder* home_ = nullptr;
  static inline std::map<std::string, std::string> variables_;
};

TEST_F(CompletionTest, OffersNothingThatAShellWouldRun) {
  EXPECT_EQ(output_of({"hub/cli/torchhub", "completion", "repositories"}), "acme/digits:main\n");
}

TEST_F(CompletionTest, BashKnowsVerbsOptionsRepositoriesAndEntryPoints) {
  EXPECT_EQ(bash("torchhub lo"), "load\nlock\n");
  EXPECT_EQ(bash("torchhub load --force"), "--force-reload\n--force\n");
  EXPECT_EQ(bash("torchhub cache pr"), "prune\n");
  EXPECT_EQ(bash("torchhub completion f"), "fish\n");
  EXPECT_EQ(bash("torchhub --lock hub.lock load acme"), "acme/digits:main\n");
  // Of a word with a colon bash replaces what is behind it.
  EXPECT_EQ(bash("torchhub load acme/digits:m"), "main\n");
  EXPECT_EQ(bash("torchhub load acme/digits:main digit_r"), "digit_reader\n");
  EXPECT_EQ(bash("torchhub load acme/digits:main "), "digit_classifier\ndigit_reader\n");
}

TEST_F(CompletionTest, ZshKnowsThemToo) {
  EXPECT_THAT(zsh("", ""), HasSubstr("state-dict\n"));
  EXPECT_THAT(zsh("load", "--"), HasSubstr("--force-reload\n"));
  EXPECT_EQ(zsh("load", "a"), "acme/digits:main\n");
  EXPECT_EQ(zsh("load acme/digits:main", "d"), "digit_classifier\ndigit_reader\n");
}

TEST_F(CompletionTest, FishKnowsThemToo) {
  EXPECT_THAT(fish("torchhub stat"), HasSubstr("state-dict\t"));
  EXPECT_THAT(fish("torchhub load --force"), HasSubstr("--force-reload\t"));
  EXPECT_THAT(fish("torchhub load acme"), HasSubstr("acme/digits:main"));
  EXPECT_THAT(fish("torchhub load acme/digits:main digit_r"), HasSubstr("digit_reader"));
  EXPECT_THAT(fish("torchhub cache pr"), HasSubstr("prune\t"));
}

void for_each_option(const VerbDescription& verb,
                     const std::function<void(const OptionDescription&)>& use) {
  for (const OptionDescription& option : verb.options) use(option);
  for (const VerbDescription& inner : verb.verbs) for_each_option(inner, use);
}

TEST_F(CompletionTest, TheManualPageHasEverything) {
  const tests::Outcome page = tests::run(
      {"/bin/bash", "-c", "torchhub man | groff -man -Tascii -ww -P-c -rLL=200n | col -b"},
      variables_);
  EXPECT_THAT(page.err, IsEmpty());
  const VerbDescription torchhub = describe_command_line();
  EXPECT_GT(torchhub.verbs.size(), 10u);
  for (const VerbDescription& verb : torchhub.verbs)
    EXPECT_THAT(page.out, HasSubstr("torchhub " + verb.name));
  for_each_option(torchhub, [&](const OptionDescription& option) {
    if (option.help.empty()) return;
    EXPECT_THAT(page.out, HasSubstr(option.is_positional ? option.value : option.names.back()));
  });
}

}  // namespace
}  // namespace torchhub::cli
