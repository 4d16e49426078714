#ifndef TORCHHUB_HUB_CLI_VERB_OF_PROGRAM_H_
#define TORCHHUB_HUB_CLI_VERB_OF_PROGRAM_H_
// The part of the verbs that one of the programs behind torchhub runs.

#include <torchhub/hub/cli/command_line.h>

#include <stdexcept>
#include <type_traits>

namespace torchhub::cli {

/// Calls run() of the line's verb, of which `kProgram` has to include the command's header.
/// Throws: std::invalid_argument for a verb of another program, which is no use of it by torchhub.
template <Program kProgram>
void run_verb_of(const CommandLine& line) {
  visit_verb(line.verb, [&](const auto& verb, const auto& arguments) {
    if constexpr (std::decay_t<decltype(verb)>::program == kProgram) {
      run(arguments, line);
    } else {
      throw std::invalid_argument("this program is started by torchhub, for verbs of its own; " +
                                  std::string(verb.name) + " is none of them");
    }
  });
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_VERB_OF_PROGRAM_H_
