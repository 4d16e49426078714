#ifndef TORCHHUB_HUB_CLI_LOADER_ENVIRONMENT_H_
#define TORCHHUB_HUB_CLI_LOADER_ENVIRONMENT_H_
// What the front of the command decides about Python and LibTorch, before it turns into a program that is linked with
// them.
//
//   load_from_environment(python_choice(line), Fit::python_and_torch);
//   turn_into("torchhub-torch", argv);

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/fitting_environment.h>

namespace torchhub::cli {

/// --python, else what the environment says.
PythonChoice python_choice(const CommandLine& line);

/// Sets the dynamic loader's variables so that the next program finds the LibTorch, and for Fit::python_and_torch the
/// libpython, of the environment of `choice`: they come before what was linked (ld.so(8): LD_LIBRARY_PATH is
/// looked through before RUNPATH). run_program() restores them there.
/// Throws: as fitting_environment().
void load_from_environment(const PythonChoice& choice, Fit fit);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LOADER_ENVIRONMENT_H_
