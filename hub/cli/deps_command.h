#ifndef TORCHHUB_HUB_CLI_DEPS_COMMAND_H_
#define TORCHHUB_HUB_CLI_DEPS_COMMAND_H_
// torchhub deps: what a repository needs, what of it is there, and, if asked, the rest.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const DepsArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_DEPS_COMMAND_H_
