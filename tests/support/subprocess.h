#ifndef TORCHHUB_TESTS_SUPPORT_SUBPROCESS_H_
#define TORCHHUB_TESTS_SUPPORT_SUBPROCESS_H_
// A program run to its end.
//
//   const tests::Outcome outcome = tests::run({"hub/cli/torchhub", "--version"});

#include <cstdint>
#include <map>
#include <optional>
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

/// A program that runs beside the test, without input, and is killed with it.
///
///   tests::Process server({"/usr/sbin/nginx", "-c", config});
class Process {
 public:
  /// What it prints goes to `output`. Throws std::runtime_error where it can't be started.
  explicit Process(const std::vector<std::string>& command,
                   const std::map<std::string, std::string>& variables = {},
                   const std::string& output = "/dev/null");
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Kills it, if it still runs.
  ~Process();

  void send(int signal);
  bool is_running();
  /// Its exit status, as Outcome's, once it has ended.
  int wait();
  /// The most memory that it had, after wait().
  std::uint64_t max_resident_bytes() const { return max_resident_bytes_; }

 private:
  int id_ = 0;
  std::optional<int> status_;
  std::uint64_t max_resident_bytes_ = 0;
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_SUBPROCESS_H_
