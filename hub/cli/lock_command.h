#ifndef TORCHHUB_HUB_CLI_LOCK_COMMAND_H_
#define TORCHHUB_HUB_CLI_LOCK_COMMAND_H_
// torchhub lock REPO|URL... [--update]

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const LockArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LOCK_COMMAND_H_
