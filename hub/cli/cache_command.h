#ifndef TORCHHUB_HUB_CLI_CACHE_COMMAND_H_
#define TORCHHUB_HUB_CLI_CACHE_COMMAND_H_
// torchhub cache dir|path|list|verify|prune

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run(const CacheDirArguments&, const CommandLine& line);
void run(const CachePathArguments& arguments, const CommandLine& line);
void run(const CacheListArguments&, const CommandLine& line);
/// Throws cache::errc::hash_mismatch, once all is printed, if anything is damaged.
void run(const CacheVerifyArguments& arguments, const CommandLine& line);
void run(const CachePruneArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_CACHE_COMMAND_H_
