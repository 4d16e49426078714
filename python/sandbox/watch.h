#ifndef TORCHHUB_PYTHON_SANDBOX_WATCH_H_
#define TORCHHUB_PYTHON_SANDBOX_WATCH_H_
// What all processes of the sandbox take together, as /proc tells it: where no control group counts, and for the
// processor time, which no limit of the kernel counts over processes.

#include <sys/types.h>

#include <cstdint>

namespace torchhub::python::sandbox {

struct Usage {
  std::uint64_t memory =
      0;  ///< bytes of their own and shared ones; pages that two share count twice
  std::uint64_t processes = 0;    ///< and threads
  std::uint64_t cpu_seconds = 0;  ///< also of those that ended
};

/// Of this process's children and theirs: all of its process namespace, or else of the session of `leader`.
Usage usage_of_all(bool own_processes, pid_t leader);

/// Bytes, where pages that several share count once; `otherwise` where the kernel does not tell.
std::uint64_t exact_memory_of_all(bool own_processes, pid_t leader, std::uint64_t otherwise);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_WATCH_H_
