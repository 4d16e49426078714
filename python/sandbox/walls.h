#ifndef TORCHHUB_PYTHON_SANDBOX_WALLS_H_
#define TORCHHUB_PYTHON_SANDBOX_WALLS_H_
// Which walls stand: what was said when they were made, and what shows when they are tried from inside.

#include <torchhub/python/detail/sandbox_wire.h>
#include <torchhub/python/sandbox/reason.h>

#include <sys/types.h>

#include <map>
#include <string>

namespace torchhub::python::sandbox {

/// By the names of kSandboxWalls, why each does not stand; "" where it does.
using Walls = std::map<std::string, Reason>;

/// The numbers of this process's namespaces, by their names in /proc/self/ns.
using Namespaces = std::map<std::string, ino_t>;
Namespaces namespaces_of_self();

/// Tries what each of `walls` that is said to stand should not let pass. Called last, from behind all of them.
void try_walls(Walls& walls, const Namespaces& outside, const detail::SandboxPlan& plan);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_WALLS_H_
