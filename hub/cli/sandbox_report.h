#ifndef TORCHHUB_HUB_CLI_SANDBOX_REPORT_H_
#define TORCHHUB_HUB_CLI_SANDBOX_REPORT_H_
// What the command says of a sandbox: which walls are missing, and, line by line, what runs in it writes.
//
//   SandboxReport report;
//   const auto outcome = python::run_in_sandbox(command, report.options(python::SandboxOptions()));
//   document["protection"] = report.protection_json();

#include <torchhub/python/error.h>
#include <torchhub/python/sandbox.h>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace torchhub::cli {

class SandboxReport {
 public:
  /// With `own_failures`, what runs in it is this command: its last sentence is kept for failure().
  explicit SandboxReport(bool allow_weak = false, bool own_failures = false)
      : allow_weak_(allow_weak), own_failures_(own_failures) {}
  SandboxReport(const SandboxReport&) = delete;
  SandboxReport& operator=(const SandboxReport&) = delete;

  /// `options` that tell this report, which must outlive the run.
  python::SandboxOptions options(python::SandboxOptions options);

  /// Prints what was written without a line's end. Called when the process has ended.
  void finish();

  /// The sentence that this command in the sandbox failed with, "" for none. The repository's code shares that
  /// command's stderr: it may have written it.
  const std::string& failure() const { return failure_; }

  /// Prints that sentence as anything else: it was none, since all went well.
  void pass_on_failure();

  /// Each wall by its name, Landlock's version, and whether memory is counted by the kernel.
  boost::json::object protection_json() const;

 private:
  void take(std::string_view text);
  void print_line(std::string_view line);
  void print_marked(std::string_view line);
  void tell_open(const python::SandboxProtection& protection);

  bool allow_weak_;
  bool own_failures_;
  std::string unfinished_;
  std::string failure_;
  python::SandboxProtection protection_;
};

/// What `work` returns. Where a wall is missing, the error says how to do without it.
template <class Work>
auto with_weak_sandbox_advice(Work work) {
  try {
    return work();
  } catch (const python::Error& error) {
    if (error.code() != python::errc::weak_sandbox) throw;
    throw python::Error(error.code(),
                        error.what() + std::string("; nothing ran. --allow-weak-sandbox runs it "
                                                   "without"));
  }
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_SANDBOX_REPORT_H_
