#ifndef TORCHHUB_HUB_CLI_STATE_DICT_COMMAND_H_
#define TORCHHUB_HUB_CLI_STATE_DICT_COMMAND_H_
// torchhub state-dict URL|FILE [--name GLOB] [--digest] [--check-hash] [--lenient]
// torchhub state-dict --diff A B

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Prints a table of the checkpoint's tensors, or what differs between two. Needs neither LibTorch nor
/// Python.
void run(const StateDictArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STATE_DICT_COMMAND_H_
