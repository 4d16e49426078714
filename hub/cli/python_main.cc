// torchhub-python: the verbs that need Python's parser. torchhub turns into it.

#include <torchhub/hub/cli/deps_command.h>
#include <torchhub/hub/cli/help_command.h>
#include <torchhub/hub/cli/list_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/venv_command.h>
#include <torchhub/hub/cli/verb_of_program.h>

int main(int argc, char** argv) {
  using namespace torchhub::cli;
  return run_program(argc, argv, run_verb_of<Program::python>);
}
