#ifndef TORCHHUB_HUB_CLI_SCAN_COMMAND_H_
#define TORCHHUB_HUB_CLI_SCAN_COMMAND_H_
// torchhub scan FILE|FOLDER...

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Tells what Python would import if it loaded the files, those of a folder, or the shards of an index.
/// Throws once all were told, if any is refused.
void run(const ScanArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_SCAN_COMMAND_H_
