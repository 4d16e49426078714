#ifndef TORCHHUB_HUB_CLI_CACHE_COMMAND_H_
#define TORCHHUB_HUB_CLI_CACHE_COMMAND_H_
// torchhub cache dir|path|list|verify|prune

#include <torchhub/hub/cli/command_line.h>

namespace torchhub::cli {

void run_cache_dir(const CommandLine& line);
void run_cache_path(const CachePathArguments& arguments, const CommandLine& line);
void run_cache_list(const CommandLine& line);
/// Throws cache::errc::hash_mismatch, once all is printed, if anything is damaged.
void run_cache_verify(const CacheVerifyArguments& arguments, const CommandLine& line);
void run_cache_prune(const CachePruneArguments& arguments, const CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_CACHE_COMMAND_H_
