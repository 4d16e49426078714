#ifndef TORCHHUB_HUB_CLI_STATE_DICT_COMMAND_H_
#define TORCHHUB_HUB_CLI_STATE_DICT_COMMAND_H_
// torchhub state-dict URL|FILE [--check-hash]

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Prints a table of the checkpoint's tensors. Needs neither LibTorch nor Python.
void run_state_dict(const StateDictArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STATE_DICT_COMMAND_H_
