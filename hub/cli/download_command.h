#ifndef TORCHHUB_HUB_CLI_DOWNLOAD_COMMAND_H_
#define TORCHHUB_HUB_CLI_DOWNLOAD_COMMAND_H_
// torchhub download URL DST [--sha256 PREFIX]

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

/// Downloads, then prints the path, the length in bytes and the SHA-256.
void run(const DownloadArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_DOWNLOAD_COMMAND_H_
