#ifndef TORCHHUB_PYTHON_SANDBOX_OUTSIDE_H_
#define TORCHHUB_PYTHON_SANDBOX_OUTSIDE_H_
// What is outside of the walls: a folder that stands for the user's files, and the caller's namespaces.

#include <torchhub/python/detail/sandbox_wire.h>
#include <torchhub/python/sandbox/reason.h>

#include <sys/types.h>

#include <map>
#include <string>

namespace torchhub::python::sandbox {

/// The numbers of a process's namespaces, by their names in /proc/self/ns.
using Namespaces = std::map<std::string, ino_t>;

/// This process's.
Namespaces namespaces_of_self();

/// Made by the first process, and gone with it. Where the command has no root folder of its own, its own folder
/// is in there.
class Outside {
 public:
  /// Where it cannot be made, reason() says why.
  explicit Outside(const detail::SandboxPlan& plan);
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  ~Outside();

  const Reason& reason() const { return reason_; }
  const Namespaces& namespaces() const { return namespaces_; }

  /// A file that the command must not see.
  std::string secret() const { return folder_ + "/secret"; }
  std::string own_folder() const { return folder_ + "/own"; }
  Reason write_own_files(const detail::SandboxPlan& plan) const;

 private:
  std::string folder_;
  Reason reason_;
  Namespaces namespaces_;
};

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_OUTSIDE_H_
