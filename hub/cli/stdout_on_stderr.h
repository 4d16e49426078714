#ifndef TORCHHUB_HUB_CLI_STDOUT_ON_STDERR_H_
#define TORCHHUB_HUB_CLI_STDOUT_ON_STDERR_H_
// Keeps stdout for results while foreign code runs.

#include <unistd.h>

#include <iostream>

namespace torchhub::cli {

// While it lives, what anybody writes to stdout goes to stderr: results stay alone on stdout.
class StdoutOnStderr {
 public:
  StdoutOnStderr() : stdout_(dup(STDOUT_FILENO)) {
    std::cout.flush();
    dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  StdoutOnStderr(const StdoutOnStderr&) = delete;
  StdoutOnStderr& operator=(const StdoutOnStderr&) = delete;
  ~StdoutOnStderr() {
    std::cout.flush();
    dup2(stdout_, STDOUT_FILENO);
    close(stdout_);
  }

 private:
  int stdout_;
};

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_STDOUT_ON_STDERR_H_
