#ifndef TORCHHUB_HUB_CLI_HELP_COMMAND_H_
#define TORCHHUB_HUB_CLI_HELP_COMMAND_H_
// torchhub help REPO ENTRY [--run]

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Prints the entry point's signature and its docstring without the source's indentation.
void run(const HelpArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_HELP_COMMAND_H_
