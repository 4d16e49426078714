#ifndef TORCHHUB_PYTHON_SANDBOX_WATCH_H_
#define TORCHHUB_PYTHON_SANDBOX_WATCH_H_
// What all processes of the sandbox take together, as /proc tells it: where no control group counts, and for the
// processor time, which no limit of the kernel counts over processes.

#include <cstdint>

namespace torchhub::python::sandbox {

struct Usage {
  std::uint64_t memory =
      0;  ///< bytes of their own and shared ones; pages that two share count twice
  std::uint64_t processes = 0;    ///< and threads
  std::uint64_t cpu_seconds = 0;  ///< also of those that ended
};

/// Which processes are the sandbox's.
enum class Whose {
  own_namespace,  ///< all that /proc shows, but this one
  descendants,    ///< those that this process, which adopts orphans, is a forefather of
  unknown,        ///< /proc is another namespace's: none can be told
};

Usage usage_of_all(Whose whose);

/// Bytes, where pages that several share count once; `otherwise` where the kernel does not tell.
std::uint64_t exact_memory_of_all(Whose whose, std::uint64_t otherwise);

/// Kills all of them but this one; those that they start meanwhile, too.
void kill_all(Whose whose);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_WATCH_H_
