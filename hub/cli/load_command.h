#ifndef TORCHHUB_HUB_CLI_LOAD_COMMAND_H_
#define TORCHHUB_HUB_CLI_LOAD_COMMAND_H_
// torchhub load REPO ENTRY [ARG|KEY=VALUE]... [--run INPUT.pt] [--script OUT.pt]

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Loads the model and prints what it is; with --run, also what it makes of the tensors in a file.
/// What the repository's code prints goes to stderr.
void run(const LoadArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LOAD_COMMAND_H_
