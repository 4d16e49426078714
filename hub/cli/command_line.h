#ifndef TORCHHUB_HUB_CLI_COMMAND_LINE_H_
#define TORCHHUB_HUB_CLI_COMMAND_LINE_H_
// What the user typed, as values. The programs behind `torchhub` read the same line again.

#include <torchhub/hub/cli/verbs.h>

#include <string>

namespace torchhub::cli {

struct CommandLine {
  bool json = false;
  bool quiet = false;
  bool traceback = false;  ///< whether an exception of Python's is shown whole
  bool progress = true;
  bool offline = false;
  bool frozen = false;
  std::string lock;    ///< the lock file, "" for the environment's
  std::string python;  ///< an environment or interpreter, "" for what the environment names
  AnyArguments verb;
};

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_COMMAND_LINE_H_
