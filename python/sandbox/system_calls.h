#ifndef TORCHHUB_PYTHON_SANDBOX_SYSTEM_CALLS_H_
#define TORCHHUB_PYTHON_SANDBOX_SYSTEM_CALLS_H_
// Which system calls the command may make: what Python, numpy and torch need. Source: seccomp(2), libseccomp.

#include <torchhub/python/sandbox/reason.h>

namespace torchhub::python::sandbox {

/// What other walls stand decides what is harmless.
struct Surroundings {
  bool root_of_its_own = false;       ///< else no mode, time or owner may be changed
  bool processes_of_its_own = false;  ///< else nobody but this process may be sent signals
};

/// From here on this process and what it starts make no others. It gives up new privileges, too.
Reason restrict_system_calls(const Surroundings& surroundings);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_SYSTEM_CALLS_H_
