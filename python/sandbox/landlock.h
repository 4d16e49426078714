#ifndef TORCHHUB_PYTHON_SANDBOX_LANDLOCK_H_
#define TORCHHUB_PYTHON_SANDBOX_LANDLOCK_H_
// Landlock, the second wall before files: what may be read, and that nothing may be written but in one folder.
// Source: landlock(7).

#include <torchhub/python/sandbox/reason.h>

#include <string>
#include <vector>

namespace torchhub::python::sandbox {

/// The version that the kernel has, 0 where it has none or does not let us ask.
int landlock_version();

/// From here on this process reads `readable` alone, writes `devices`, and does all in `own`.
Reason restrict_files(const std::vector<std::string>& readable,
                      const std::vector<std::string>& devices, const std::string& own);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_LANDLOCK_H_
