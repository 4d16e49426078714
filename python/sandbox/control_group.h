#ifndef TORCHHUB_PYTHON_SANDBOX_CONTROL_GROUP_H_
#define TORCHHUB_PYTHON_SANDBOX_CONTROL_GROUP_H_
// A control group of its own for the sandbox, where this user may make one: the kernel then counts the memory and the
// processes of all together. Source: cgroups(7), the kernel's cgroup-v2.rst, cgroup-v1/memory.rst and pids.rst.

#include <cstdint>
#include <memory>

namespace torchhub::python::sandbox {

class ControlGroup {
 public:
  /// Makes it, and moves this process, which runs by itself, into it; what it starts is counted, too.
  ControlGroup(std::uint64_t memory, std::uint64_t processes);
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;
  /// Moves this process back and removes it. Nothing else is in it then.
  ~ControlGroup();

  bool counts_memory() const;
  /// Whether something was killed because of memory that was missing.
  bool ran_out_of_memory() const;

 private:
  struct Group;
  std::unique_ptr<Group> memory_, processes_;
};

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_CONTROL_GROUP_H_
