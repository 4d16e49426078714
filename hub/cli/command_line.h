#ifndef TORCHHUB_HUB_CLI_COMMAND_LINE_H_
#define TORCHHUB_HUB_CLI_COMMAND_LINE_H_
// What the user typed, as values. The three programs behind `torchhub` read the same line with
// this.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace torchhub::cli {

/// What bounds a file's download and what goes along; shared by download, state-dict and convert.
struct FetchArguments {
  std::vector<std::string> headers;  ///< NAME: VALUE, @FILE or @-
  std::uint64_t max_size = 0;        ///< bytes, 0 for no limit
  std::uint64_t deadline = 0;        ///< seconds, 0 for none
};

/// OWNER/NAME[:REF] and how to treat it; shared by list, help and load.
struct RepositoryArguments {
  std::string repo;
  std::string source = "github";  ///< or local
  bool force_reload = false;
  bool skip_validation = false;
  std::string trust_repo = "check";       ///< yes, no, check or prompt
  std::optional<std::uint64_t> max_size;  ///< bytes of the archive, 0 for no limit
  std::uint64_t deadline = 0;             ///< seconds for the archive, 0 for none
};

/// How hubconf.py is asked; shared by list and help.
struct DiscoveryArguments {
  bool run = false;
  bool allow_weak_sandbox = false;
};

struct ListArguments {
  RepositoryArguments repository;
  DiscoveryArguments discovery;
};

struct HelpArguments {
  RepositoryArguments repository;
  std::string entry;
  DiscoveryArguments discovery;
};

/// An entry point and what it is called with; shared by load and export.
struct EntryCall {
  RepositoryArguments repository;
  std::string entry;
  std::vector<std::string> arguments;  ///< ARG and KEY=VALUE as typed
  std::vector<std::string>
      select;  ///< the part of what it returns: an index, key or attribute each
  bool unsafe_checkpoints = false;
};

struct LoadArguments {
  EntryCall call;
  bool sandbox = false;
  bool allow_weak_sandbox = false;
  std::string input;   ///< --run's file, "" for none
  bool train = false;  ///< whether the model runs in the mode that it was left in
  std::string script;  ///< --script's file, "" for none
  bool force = false;
};

struct DepsArguments {
  RepositoryArguments repository;
  bool imports = false;
  bool install = false;
  bool yes = false;
};

struct VenvArguments {
  std::string folder;
  std::vector<std::string> repos;
  std::string source = "github";  ///< or local
  std::string requirements;       ///< a record of another environment, "" for none
};

struct ExportArguments {
  EntryCall call;
  std::vector<std::string> inputs;  ///< SHAPE:DTYPE
  std::string output;
  std::string format;  ///< aot_inductor, torchscript or "" for the LibTorch's own
  bool script = false;
  bool force = false;
};

struct RunArguments {
  std::string model;
  std::string input;   ///< tensors, "" for none
  std::string output;  ///< "" for none
  bool force = false;
};

struct CompletionArguments {
  std::string shell;  ///< bash, zsh, fish, or repositories
};

struct ManArguments {};

struct DownloadArguments {
  std::vector<std::string> places;  ///< URLs, and DST if the last one is none
  std::string output_dir;           ///< "" for none
  std::vector<std::string> sha256;  ///< none, or one for each URL
  FetchArguments fetch;
  std::vector<std::string> mirrors;
  unsigned connections = 8;
  std::uint64_t limit_rate = 0;  ///< bytes per second, 0 for no limit
  bool resume = true;
  bool sync = true;  ///< whether the file is flushed to the disk
  bool force = false;
};

struct StateDictArguments {
  std::string source;             ///< URL or file; "" with `diff`
  std::vector<std::string> diff;  ///< the two to compare, or none
  std::string name;               ///< a pattern for the tensors' names, "" for all
  bool digest = false;
  bool check_hash = false;
  bool lenient = false;
  FetchArguments fetch;
};

struct ConvertArguments {
  std::string input;  ///< URL or file
  std::string output;
  bool force = false;
  FetchArguments fetch;
};

struct ScanArguments {
  std::vector<std::string> files;
};

struct CacheDirArguments {};

struct CachePathArguments {
  std::string object;  ///< OWNER/NAME[:REF] or a URL
};

struct CacheListArguments {};

struct CacheVerifyArguments {
  bool quarantine = false;
};

struct CachePruneArguments {
  std::optional<std::uint64_t> max_size;    ///< bytes
  std::optional<std::uint64_t> older_than;  ///< seconds
  bool dry_run = false;
};

struct LockArguments {
  std::vector<std::string> names;  ///< URLs and OWNER/NAME[:REF]
  bool update = false;
  bool force = false;
};

struct CommandLine {
  bool json = false;
  bool quiet = false;
  bool traceback = false;  ///< whether an exception of Python's is shown whole
  bool progress = true;
  bool offline = false;
  bool frozen = false;
  std::string lock;    ///< the lock file, "" for the environment's
  std::string python;  ///< an environment or interpreter, "" for what the environment names
  std::variant<ListArguments, HelpArguments, LoadArguments, DepsArguments, VenvArguments,
               ExportArguments, RunArguments, DownloadArguments, StateDictArguments,
               ConvertArguments, ScanArguments, CacheDirArguments, CachePathArguments,
               CacheListArguments, CacheVerifyArguments, CachePruneArguments, LockArguments,
               CompletionArguments, ManArguments>
      verb;
};

/// The command line, or the exit status of what was answered at once: --help, --version, a usage
/// error.
std::variant<CommandLine, int> parse_command_line(int argc, char** argv);

/// An option, a flag or a positional argument.
struct OptionDescription {
  std::vector<std::string> names;  ///< "--sha256"; of a positional argument, "repo"
  std::string value;               ///< what its value is called, "" for a flag
  std::string help;
  std::vector<std::string> choices;  ///< its possible values, where there are few
  bool is_positional = false;
};

/// A verb of torchhub, or torchhub itself.
struct VerbDescription {
  std::string name;
  std::string help;
  std::vector<OptionDescription> options;
  std::vector<VerbDescription> verbs;
};

/// All that there is to type, for completions and the manual page.
VerbDescription describe_command_line();

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_COMMAND_LINE_H_
