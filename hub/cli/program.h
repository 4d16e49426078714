#ifndef TORCHHUB_HUB_CLI_PROGRAM_H_
#define TORCHHUB_HUB_CLI_PROGRAM_H_
// What the three programs behind `torchhub` have in common: parse, run, report.

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/context.h>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

namespace torchhub::cli {

/// Thrown by a verb for arguments that do not go together: exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by a verb that was told to stop: exit status 130.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parses the command line, calls `run` with it and returns the exit status: 0 done, 1 failed, with
/// one line on stderr, 2 usage, 130 interrupted. Everything thrown ends here.
int run_program(int argc, char** argv, const std::function<void(const CommandLine&)>& run);

/// The environment's Context, with messages on stderr unless --quiet was given, and questions asked
/// where there is a terminal to answer at; what --offline, --lock and --frozen say.
Context make_context(const CommandLine& line);
/// The same without a lock file.
Context make_unpinned_context(const CommandLine& line);

/// What a failure that was caught is told as.
std::string sentence_of(const std::exception_ptr& failure);

/// Before the name of a variable of the dynamic loader, it names the one that keeps its value for run_program(),
/// which puts it back: "" for one that was not set.
inline const std::string kCallersVariable = "TORCHHUB_CALLERS_";

/// Replaces this process by the program `name`, which lies beside this one, with the same
/// arguments. Throws where it can't be started.
[[noreturn]] void turn_into(const char* name, char** argv);

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_PROGRAM_H_
