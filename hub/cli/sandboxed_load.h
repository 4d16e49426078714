#ifndef TORCHHUB_HUB_CLI_SANDBOXED_LOAD_H_
#define TORCHHUB_HUB_CLI_SANDBOXED_LOAD_H_
// torchhub load --sandbox: the same verb in a process of its own, which can harm nobody.

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Fetches the repository, asks for trust, and has this program load it, as a local one and offline, in
/// a sandbox; prints what that printed.
void run_sandboxed_load(const LoadArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_SANDBOXED_LOAD_H_
