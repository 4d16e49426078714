#ifndef TORCHHUB_PYTHON_SANDBOX_COMMAND_H_
#define TORCHHUB_PYTHON_SANDBOX_COMMAND_H_
// The last steps of the process that becomes the command: limits, privileges, Landlock, system calls, the trial of all
// walls, and execve(2).

#include <torchhub/python/detail/sandbox_wire.h>
#include <torchhub/python/sandbox/outside.h>
#include <torchhub/python/sandbox/walls.h>

namespace torchhub::python::sandbox {

/// One write, so that reports of several processes do not mix.
void tell(const detail::SandboxReport& report);

/// Does not come back: the command runs, or, where a wall is missing and the plan does not allow that, this
/// process ends. `walls` tells of those that were made already.
[[noreturn]] void become_command(const detail::SandboxPlan& plan, Walls walls,
                                 const Outside& outside);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_COMMAND_H_
