#ifndef TORCHHUB_HUB_CLI_MAN_COMMAND_H_
#define TORCHHUB_HUB_CLI_MAN_COMMAND_H_
// torchhub man: the manual page, made from what the command line understands.

namespace torchhub::cli {

void run_man();

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_MAN_COMMAND_H_
