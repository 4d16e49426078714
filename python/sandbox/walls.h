#ifndef TORCHHUB_PYTHON_SANDBOX_WALLS_H_
#define TORCHHUB_PYTHON_SANDBOX_WALLS_H_
// Which walls stand: what was said when they were made, and what shows when they are tried from inside.

#include <torchhub/python/detail/sandbox_wire.h>
#include <torchhub/python/sandbox/outside.h>
#include <torchhub/python/sandbox/reason.h>

#include <map>
#include <string>

namespace torchhub::python::sandbox {

/// By the names of kSandboxWalls, why each does not stand; "" where it does.
using Walls = std::map<std::string, Reason>;

/// Tries what each of `walls` that is said to stand should not let pass. Called last, from behind all of them.
void try_walls(Walls& walls, const Outside& outside, const detail::SandboxPlan& plan);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_WALLS_H_
