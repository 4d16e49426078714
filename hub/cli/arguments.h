#ifndef TORCHHUB_HUB_CLI_ARGUMENTS_H_
#define TORCHHUB_HUB_CLI_ARGUMENTS_H_
// What can be typed after each verb, as values.

#include <torchhub/hub/source.h>
#include <torchhub/hub/trust_repo.h>

#include <cstdint>
#include <optional>
#include <string>
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
  Source source = Source::github;
  bool force_reload = false;
  bool skip_validation = false;
  TrustRepo trust_repo = TrustRepo::check;
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
  Source source = Source::github;
  std::string requirements;  ///< a record of another environment, "" for none
};

enum class PackageFormat { aot_inductor, torchscript };

struct ExportArguments {
  EntryCall call;
  std::vector<std::string> inputs;  ///< SHAPE:DTYPE
  std::string output;
  std::optional<PackageFormat> format;  ///< nothing for the LibTorch's own
  bool script = false;
  bool force = false;
};

struct RunArguments {
  std::string model;
  std::string input;   ///< tensors, "" for none
  std::string output;  ///< "" for none
  bool force = false;
};

/// Whose completions; or the repositories that they ask for.
enum class Shell { bash, zsh, fish, repositories };

struct CompletionArguments {
  Shell shell = Shell::bash;
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

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_ARGUMENTS_H_
