// torchhub-python: list, help, deps and venv, which need Python's parser. torchhub turns into it.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/deps_command.h>
#include <torchhub/hub/cli/help_command.h>
#include <torchhub/hub/cli/list_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/venv_command.h>

#include <stdexcept>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  return run_program(argc, argv, [](const CommandLine& line) {
    if (const auto* list = std::get_if<ListArguments>(&line.verb)) return run_list(*list, line);
    if (const auto* help = std::get_if<HelpArguments>(&line.verb)) return run_help(*help, line);
    if (const auto* deps = std::get_if<DepsArguments>(&line.verb)) return run_deps(*deps, line);
    if (const auto* venv = std::get_if<VenvArguments>(&line.verb)) return run_venv(*venv, line);
    throw std::invalid_argument(
        "torchhub-python is started by torchhub, for list, help, deps and venv");
  });
}
