#ifndef TORCHHUB_HUB_CLI_CONVERT_COMMAND_H_
#define TORCHHUB_HUB_CLI_CONVERT_COMMAND_H_
// torchhub convert IN OUT.safetensors

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Writes a checkpoint as safetensors. Needs neither LibTorch nor Python.
void run(const ConvertArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_CONVERT_COMMAND_H_
