#ifndef TORCHHUB_PYTHON_SANDBOX_LAYOUT_H_
#define TORCHHUB_PYTHON_SANDBOX_LAYOUT_H_
// Which folders and links a root folder needs, for the paths that are given to lead where they lead outside.

#include <string>
#include <utility>
#include <vector>

namespace torchhub::python::sandbox {

struct Layout {
  std::vector<std::string> trees;  ///< real paths that are to be mounted; none lies within another
  std::vector<std::string> folders;  ///< those that lead to them, each after its parent
  std::vector<std::pair<std::string, std::string>> links;  ///< path and target, as outside
};

/// Whether `path` is `tree` or lies in it; both as they are written.
bool lies_in(const std::string& path, const std::string& tree);

/// For absolute `paths`; those that lead nowhere are left out.
Layout layout_of(const std::vector<std::string>& paths);

}  // namespace torchhub::python::sandbox

#endif  // TORCHHUB_PYTHON_SANDBOX_LAYOUT_H_
