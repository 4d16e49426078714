#ifndef TORCHHUB_HUB_CLI_RUN_COMMAND_H_
#define TORCHHUB_HUB_CLI_RUN_COMMAND_H_
// torchhub run: an exported model, called without Python.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const RunArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_RUN_COMMAND_H_
