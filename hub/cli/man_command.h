#ifndef TORCHHUB_HUB_CLI_MAN_COMMAND_H_
#define TORCHHUB_HUB_CLI_MAN_COMMAND_H_
// torchhub man: the manual page, made from what the command line understands.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const ManArguments&, const CommandLine&);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_MAN_COMMAND_H_
