#ifndef TORCHHUB_TESTS_HUB_CLI_COMMAND_TEST_H_
#define TORCHHUB_TESTS_HUB_CLI_COMMAND_TEST_H_
// A fixture that runs the command as a user does, in a home of its own, beside a server that answers as
// GitHub does and has acme/digits.

#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace torchhub::tests {

class CommandTest : public testing::Test {
 protected:
  static constexpr const char* kWeights = "hub/examples/digits_release/digit_reader-c0f7955a.pth";

  CommandTest() {
    server_.add_branch("acme/digits", "main", "hub/examples/digits");
    server_.add_release("acme/digits", "v1", "hub/examples/digits_release");
    write_file(home_ / "ca.pem", server_.authority());
    variables_ = {{"TORCH_HOME", home_ / "torch"},
                  {"GITHUB_SERVER_URL", server_.url()},
                  {"GITHUB_API_URL", server_.api_url()},
                  {"SSL_CERT_FILE", home_ / "ca.pem"}};
  }

  void add_repository(const std::string& name, const std::string& hubconf) {
    write_file(home_ / name / "hubconf.py", hubconf);
    server_.add_branch(name, "main", home_ / name);
  }

  Outcome torchhub(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "hub/cli/torchhub");
    return run(arguments, variables_);
  }

  // What the command says to `arguments`, of which --json has to be one.
  boost::json::value json_of(const std::vector<std::string>& arguments) {
    const Outcome outcome = torchhub(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return boost::json::parse(outcome.out);
  }

  // The command fails with one line on stderr; returns that line.
  std::string failure(const std::vector<std::string>& arguments) {
    std::vector<std::string> quiet = arguments;
    quiet.push_back("--quiet");
    const Outcome outcome = torchhub(quiet);
    EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
    EXPECT_THAT(outcome.err, testing::StartsWith("torchhub: error: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    return outcome.err;
  }

  // What the command says, with status 130, to a Ctrl-C while acme/digits:main is on its way.
  std::string interrupted_while_fetching(std::vector<std::string> arguments) {
    server_.answer("/acme/digits/zipball/main", {.silent = true});
    const std::size_t before = server_.count_requests("/zipball/main");
    arguments.insert(arguments.begin(), "hub/cli/torchhub");
    Process process(arguments, variables_, home_ / "said");
    while (process.is_running() && server_.count_requests("/zipball/main") == before)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    process.send(SIGINT);
    EXPECT_EQ(process.wait(), 130);
    return read_file(home_ / "said");
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

  HubServer server_;
  TempFolder home_;
  std::map<std::string, std::string> variables_;
  const std::string weights_url_ =
      server_.url() + "/acme/digits/releases/download/v1/digit_reader-c0f7955a.pth";
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_HUB_CLI_COMMAND_TEST_H_
