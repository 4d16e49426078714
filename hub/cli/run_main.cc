// torchhub-run: run, which needs LibTorch and no Python. torchhub turns into it.

#include <torchhub/archive/truncation_guard.h>
#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/run_command.h>

#include <stdexcept>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  torchhub::archive::install_truncation_guard();
  return run_program(argc, argv, [](const CommandLine& line) {
    if (const auto* run = std::get_if<RunArguments>(&line.verb)) return run_exported(*run, line);
    throw std::invalid_argument("torchhub-run is started by torchhub, for run");
  });
}
