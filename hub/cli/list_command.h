#ifndef TORCHHUB_HUB_CLI_LIST_COMMAND_H_
#define TORCHHUB_HUB_CLI_LIST_COMMAND_H_
// torchhub list REPO [--run]

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Prints the entry points. Then throws if loading any of them is known to fail: a dependency that
/// is not installed, an import that raises.
void run(const ListArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LIST_COMMAND_H_
