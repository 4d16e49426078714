#ifndef TORCHHUB_PYTHON_SANDBOX_ROOT_H_
#define TORCHHUB_PYTHON_SANDBOX_ROOT_H_
// A root folder in memory with nothing but what the plan gives: read-only, but for the command's own folder.

#include <torchhub/python/detail/sandbox_wire.h>
#include <torchhub/python/sandbox/reason.h>

#include <string>
#include <vector>

namespace torchhub::python::sandbox {

/// The command's own folder, which it starts in.
inline constexpr char kOwnFolder[] = "/sandbox";
/// A file that the root folder has and Landlock's rules do not.
inline constexpr char kLandlockProbe[] = "/.landlock";

/// What every command needs to be started, beside the plan's paths.
std::vector<std::string> system_paths();

struct RootOutcome {
  Reason root;  ///< where it does not stand, the process sees what it saw before
  Reason proc;  ///< of the /proc in it
};

/// Mounts it, with a /proc of this process namespace, and makes it the root of this process, which has a mount
/// namespace of its own. Nothing of the outside can be reached then.
RootOutcome enter_root(const detail::SandboxPlan& plan);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_ROOT_H_
