#ifndef TORCHHUB_HUB_CLI_EXPORT_COMMAND_H_
#define TORCHHUB_HUB_CLI_EXPORT_COMMAND_H_
// torchhub export: a model as one file that runs without Python.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const ExportArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_EXPORT_COMMAND_H_
