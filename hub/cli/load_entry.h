#ifndef TORCHHUB_HUB_CLI_LOAD_ENTRY_H_
#define TORCHHUB_HUB_CLI_LOAD_ENTRY_H_
// What load and export begin with: the entry point that was typed, called.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/load.h>

namespace torchhub::cli {

/// The call as typed, read: it is wrong before anything is fetched. Throws: std::invalid_argument.
class ParsedCall {
 public:
  explicit ParsedCall(const EntryCall& call);

  /// What the entry point returned, or the part of it that --select names. Ctrl-C ends the fetch, and the
  /// repository's code by a KeyboardInterrupt; a second one the process.
  /// Throws as load_from_repository; Interrupted; std::runtime_error where there is no such part.
  LoadedModel load(const CommandLine& line) const;

  /// Throws std::runtime_error, which names --select, for what --run and export cannot call.
  void require_callable(const Model& model) const;

 private:
  const EntryCall& call_;
  Arguments arguments_;
  LoadOptions options_;
};

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_LOAD_ENTRY_H_
