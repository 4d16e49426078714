// torchhub-torch: the verbs that need Python and LibTorch. torchhub turns into it.

#include <torchhub/hub/cli/export_command.h>
#include <torchhub/hub/cli/load_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/stdout_on_stderr.h>
#include <torchhub/hub/cli/verb_of_program.h>
#include <torchhub/python/interpreter.h>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  return run_program(argc, argv, [](const CommandLine& line) {
    run_verb_of<Program::torch>(line);
    // Here rather than by exit(): what a repository does at its end may print, and stdout is for results.
    const StdoutOnStderr redirected;
    torchhub::python::run_exit_functions();
  });
}
