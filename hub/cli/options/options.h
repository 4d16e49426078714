#ifndef TORCHHUB_HUB_CLI_OPTIONS_OPTIONS_H_
#define TORCHHUB_HUB_CLI_OPTIONS_OPTIONS_H_
// How each verb's arguments are typed: add_options(), once for the arguments of each row of kVerbs. It writes
// into `arguments`, and into `line` what more than one verb has.

#include <torchhub/hub/cli/command_line.h>

namespace CLI {
class App;
}

namespace torchhub::cli {

// repository.cc
void add_options(CLI::App& verb, ListArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, HelpArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, LoadArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, DepsArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, ExportArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, RunArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, VenvArguments& arguments, CommandLine& line);

// file.cc
void add_options(CLI::App& verb, DownloadArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, StateDictArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, ConvertArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, ScanArguments& arguments, CommandLine& line);

// cache.cc
void add_options(CLI::App& verb, CacheDirArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, CachePathArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, CacheListArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, CacheVerifyArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, CachePruneArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, LockArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, CompletionArguments& arguments, CommandLine& line);
void add_options(CLI::App& verb, ManArguments& arguments, CommandLine& line);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_OPTIONS_OPTIONS_H_
