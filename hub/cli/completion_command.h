#ifndef TORCHHUB_HUB_CLI_COMPLETION_COMMAND_H_
#define TORCHHUB_HUB_CLI_COMPLETION_COMMAND_H_
// torchhub completion: the shells' completions, made from what the command line understands.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const CompletionArguments& arguments, const CommandLine&);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_COMPLETION_COMMAND_H_
