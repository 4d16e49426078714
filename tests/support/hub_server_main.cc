// hub_server: a HubServer as a program, for the quick start and for whoever wants to try torchhub
// by hand.
//
//   hub_server --branch acme/digits:main=FOLDER --release acme/digits:v1=FOLDER --state FOLDER
//
// Writes FOLDER/ca.pem, then FOLDER/url with its address, and logs each request's target to
// FOLDER/requests when a signal ends it.

#include <torchhub/tests/support/hub_server.h>
#include <torchhub/tests/support/temp_folder.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Served {
  std::string repository;
  std::string ref;
  std::string folder;
};

// OWNER/NAME:REF=FOLDER
Served parse(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::size_t equals = text.find('=', colon == text.npos ? 0 : colon);
  if (colon == text.npos || equals == text.npos)
    throw CLI::ValidationError(text + " is not OWNER/NAME:REF=FOLDER");
  return {text.substr(0, colon), text.substr(colon + 1, equals - colon - 1),
          text.substr(equals + 1)};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Serves folders as GitHub repositories on 127.0.0.1, over HTTPS.", "hub_server");
  std::vector<std::string> branches;
  std::vector<std::string> tags;
  std::vector<std::string> releases;
  std::vector<std::string> hidden;
  std::string token;
  std::string state;
  app.add_option("--branch", branches, "A folder as a branch")->type_name("OWNER/NAME:REF=FOLDER");
  app.add_option("--tag", tags, "A folder as a tag")->type_name("OWNER/NAME:REF=FOLDER");
  app.add_option("--release", releases, "A folder of files attached to a release")
      ->type_name("OWNER/NAME:TAG=FOLDER");
  app.add_option("--private", hidden, "A repository that only --token shows")
      ->type_name("OWNER/NAME");
  app.add_option("--token", token, "What private repositories ask for");
  app.add_option("--state", state, "Where to write ca.pem, url and requests")
      ->required()
      ->type_name("FOLDER");
  try {
    app.parse(argc, argv);
    // Before any thread starts, so that all of them leave the signals to this one.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    torchhub::tests::HubServer server;
    for (const std::string& text : branches) {
      const Served served = parse(text);
      server.add_branch(served.repository, served.ref, served.folder);
    }
    for (const std::string& text : tags) {
      const Served served = parse(text);
      server.add_tag(served.repository, served.ref, served.folder);
    }
    for (const std::string& text : releases) {
      const Served served = parse(text);
      server.add_release(served.repository, served.ref, served.folder);
    }
    for (const std::string& repository : hidden) server.set_private(repository, token);
    torchhub::tests::write_file(state + "/ca.pem", server.authority());
    torchhub::tests::write_file(state + "/url", server.url() + '\n');

    int received = 0;
    sigwait(&ends, &received);
    std::ofstream log(state + "/requests");
    for (const auto& request : server.requests()) log << request.target << '\n';
    return log.flush() ? 0 : 1;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "hub_server: error: " << error.what() << '\n';
    return 1;
  }
}
