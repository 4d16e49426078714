#ifndef TORCHHUB_PYTHON_SANDBOX_H_
#define TORCHHUB_PYTHON_SANDBOX_H_
// A program in a child process that can harm nobody: a deadline, bounded memory, no credentials of the
// environment, no network, and no files but those that it is given.
//
//   python::SandboxOptions options;
//   options.deadline(10s).readable("/models");
//   python::SandboxOutcome outcome = python::run_in_sandbox({"/usr/bin/python3", "-c", code}, options);
//   if (outcome.ended == python::SandboxOutcome::Ended::exited) std::cout << outcome.result;
//
// Source: landlock(7), user_namespaces(7), seccomp is not needed. What the kernel does not offer is left
// out and told in `outcome.protection`.

#include <torchhub/python/export.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::python {

class SandboxOptions {
 public:
  SandboxOptions() = default;

  /// Default: 60 s.
  SandboxOptions& deadline(std::chrono::milliseconds value) {
    deadline_ = value;
    return *this;
  }
  std::chrono::milliseconds deadline() const { return deadline_; }

  /// Bytes that each of its processes may have for itself. Default: 4 GiB.
  SandboxOptions& memory(std::uint64_t value) {
    memory_ = value;
    return *this;
  }
  std::uint64_t memory() const { return memory_; }

  /// A file or folder that it may read, beside the system's and its own temporary folder.
  SandboxOptions& readable(std::filesystem::path value) {
    readable_.push_back(std::move(value));
    return *this;
  }
  const std::vector<std::filesystem::path>& readable() const { return readable_; }

  /// A variable of its environment, which has else PATH, LANG, HOME and TMPDIR, the last two its own
  /// temporary folder.
  SandboxOptions& variable(std::string name, std::string value) {
    variables_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  const std::vector<std::pair<std::string, std::string>>& variables() const { return variables_; }

  /// A file of its own temporary folder, which it starts in.
  SandboxOptions& file(std::string name, std::string content) {
    files_.emplace_back(std::move(name), std::move(content));
    return *this;
  }
  const std::vector<std::pair<std::string, std::string>>& files() const { return files_; }

 private:
  std::chrono::milliseconds deadline_ = std::chrono::seconds(60);
  std::uint64_t memory_ = std::uint64_t{4} << 30;
  std::vector<std::filesystem::path> readable_;
  std::vector<std::pair<std::string, std::string>> variables_;
  std::vector<std::pair<std::string, std::string>> files_;
};

/// What the kernel gave.
struct SandboxProtection {
  bool no_network = false;  ///< a network namespace without interfaces, or Landlock's rules for TCP
  bool files = false;       ///< Landlock: what may be read and written
  bool processes = false;   ///< a process namespace: all of them end with the first
};

struct SandboxOutcome {
  enum class Ended { exited, killed, timed_out, too_much_output };

  Ended ended = Ended::exited;
  int status = 0;      ///< the exit status, or the signal's number
  std::string result;  ///< what it wrote to descriptor 3
  std::string errors;  ///< the end of what it wrote to stdout and stderr
  SandboxProtection protection;
};

/// Runs `command`, an absolute path and its arguments, to its end or its deadline; no process of it is
/// left then. Throws: errc::cannot_start.
/// Thread safety: may be called at any time; it forks.
TORCHHUB_PYTHON_EXPORT SandboxOutcome run_in_sandbox(
    const std::vector<std::string>& command, const SandboxOptions& options = SandboxOptions());

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_SANDBOX_H_
