#ifndef TORCHHUB_HUB_CLI_COMMAND_LINE_PARSER_H_
#define TORCHHUB_HUB_CLI_COMMAND_LINE_PARSER_H_
// From words to a CommandLine, and what there is to type.

#include <torchhub/hub/cli/command_line.h>

#include <string>
#include <variant>
#include <vector>

namespace torchhub::cli {

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

#endif  // TORCHHUB_HUB_CLI_COMMAND_LINE_PARSER_H_
