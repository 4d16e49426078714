#ifndef TORCHHUB_HUB_CLI_CHECKPOINT_ARGUMENT_H_
#define TORCHHUB_HUB_CLI_CHECKPOINT_ARGUMENT_H_
// A checkpoint that the user names: a file, or a URL to fetch into the cache.

#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/cli/command_line.h>

#include <filesystem>
#include <string>

namespace torchhub::cli {

/// How it is fetched. Reads the headers that `fetch` names a file for, or standard input.
/// Throws: UsageError.
CheckpointFileOptions checkpoint_options(const FetchArguments& fetch, bool check_hash);

/// The file that `source` names, downloaded with a progress bar if it is a URL that is not cached.
/// Throws Interrupted on Ctrl-C.
std::filesystem::path find_checkpoint(const std::string& source, CheckpointFileOptions options,
                                      const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_CHECKPOINT_ARGUMENT_H_
