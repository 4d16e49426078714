#ifndef TORCHHUB_PYTHON_WORKER_HUBCONF_H_
#define TORCHHUB_PYTHON_WORKER_HUBCONF_H_
// A hubconf.py that is run in a process of its own, which may loop, crash or write and harms nobody.
// Models python::EntryPointSource.
//
//   python::WorkerHubconf conf(trusted);
//   for (const python::EntryPoint& entry : conf.listing().entry_points) std::cout << entry.name << "\n";
//
// The process has what run_in_sandbox() gives it, and may read the repository and Python's own folders.
// Thread safety: it does not change.

#include <torchhub/python/entry_point.h>
#include <torchhub/python/export.h>
#include <torchhub/python/sandbox.h>
#include <torchhub/python/trusted_source.h>

#include <string_view>
#include <vector>

namespace torchhub::python {

class TORCHHUB_PYTHON_EXPORT WorkerHubconf {
 public:
  /// Runs the file, once, whatever of its `dependencies` is installed, as torch.hub.list does.
  /// Throws: errc::no_hubconf, errc::bad_hubconf; PythonException; errc::worker_failed where the process exits, crashes, or
  ///   reaches a limit; errc::cannot_start.
  explicit WorkerHubconf(const TrustedSource& source, SandboxOptions options = SandboxOptions());

  /// What running the file showed: every public callable.
  Listing listing() const;
  /// Throws: errc::no_such_entry_point.
  EntryPoint entry_point(std::string_view name) const;

  /// What the kernel gave to keep the process in.
  const SandboxProtection& protection() const { return protection_; }

 private:
  std::vector<EntryPoint> callables_;  // hidden ones, too
  std::vector<std::string> dependencies_;
  SandboxProtection protection_;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_WORKER_HUBCONF_H_
