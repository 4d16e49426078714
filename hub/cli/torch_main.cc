// torchhub-torch: the verbs that need Python and LibTorch. torchhub turns into it.

#include <torchhub/hub/cli/export_command.h>
#include <torchhub/hub/cli/load_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/verb_of_program.h>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  return run_program(argc, argv, run_verb_of<Program::torch>);
}
