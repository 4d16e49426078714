// torchhub-torch: load and export, which need Python and LibTorch. torchhub turns into it.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/cli/export_command.h>
#include <torchhub/hub/cli/load_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/stdout_on_stderr.h>
#include <torchhub/python/interpreter.h>

#include <stdexcept>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  return run_program(argc, argv, [](const CommandLine& line) {
    if (const auto* load = std::get_if<LoadArguments>(&line.verb)) {
      run_load(*load, line);
    } else if (const auto* exported = std::get_if<ExportArguments>(&line.verb)) {
      run_export(*exported, line);
    } else {
      throw std::invalid_argument("torchhub-torch is started by torchhub, for load and export");
    }
    // Here rather than by exit(): what a repository does at its end may print, and stdout is for results.
    const StdoutOnStderr redirected;
    torchhub::python::run_exit_functions();
  });
}
