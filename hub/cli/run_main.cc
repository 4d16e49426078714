// torchhub-run: the verb that needs LibTorch and no Python. torchhub turns into it.

#include <torchhub/archive/truncation_guard.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/run_command.h>
#include <torchhub/hub/cli/verb_of_program.h>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  torchhub::archive::install_truncation_guard();
  return run_program(argc, argv, run_verb_of<Program::run>);
}
