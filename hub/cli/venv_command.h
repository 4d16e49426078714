#ifndef TORCHHUB_HUB_CLI_VENV_COMMAND_H_
#define TORCHHUB_HUB_CLI_VENV_COMMAND_H_
// torchhub venv: an environment that fits, with what repositories need.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const VenvArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_VENV_COMMAND_H_
