#ifndef TORCHHUB_TESTS_SUPPORT_SUBPROCESS_H_
#define TORCHHUB_TESTS_SUPPORT_SUBPROCESS_H_
// A program run to its end.
//
//   const tests::Outcome outcome = tests::run({"hub/cli/torchhub", "--version"});

#include <map>
#include <string>
#include <vector>

namespace torchhub::tests {

struct Outcome {
  int status = 0;  ///< exit status; 128 and the signal's number for a program that was killed
  std::string out;
  std::string err;
};

/// Runs `command` with `variables` added to the environment, and nothing to read.
/// Throws std::runtime_error where it can't be started.
Outcome run(const std::vector<std::string>& command,
            const std::map<std::string, std::string>& variables = {});

/// Runs `command` at a terminal of its own and types `answer` and a line end when `prompt` appears.
/// `out` is all that the terminal showed, `err` is empty.
Outcome run_at_terminal(const std::vector<std::string>& command,
                        const std::map<std::string, std::string>& variables,
                        const std::string& prompt, const std::string& answer);

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_SUBPROCESS_H_
