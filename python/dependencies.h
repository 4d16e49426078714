#ifndef TORCHHUB_PYTHON_DEPENDENCIES_H_
#define TORCHHUB_PYTHON_DEPENDENCIES_H_
// The packages that a repository says it needs, in a Python of the user's choice.
//
//   for (const python::Dependency& needed : python::find_dependencies({"torch", "PIL"}))
//     std::cout << needed.name << " " << needed.version.value_or("missing") << "\n";

#include <torchhub/python/environment.h>
#include <torchhub/python/export.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::python {

struct Dependency {
  std::string name;                    ///< of the distribution, as pip has it: "Pillow"
  std::string import_name;             ///< of the module: "PIL"
  std::optional<std::string> version;  ///< what is installed
};

/// What the names mean, module's or distribution's, and what of it Python finds with `environment`: its own packages,
/// those of its search_path and, where it has no torch, the build's. Default: the Python of the build. What is
/// no is_distribution_name() stands for itself and is missing.
/// Throws: errc::cannot_start where that Python is not there or fails.
TORCHHUB_PYTHON_EXPORT std::vector<Dependency> find_dependencies(
    const std::vector<std::string>& names, const Environment& environment = find_environment({}));

/// Has pip install the distributions into an environment, a virtual one or conda's, which its folder or its
/// interpreter names. `constraints`, as "torch==2.13.0", hold
/// for all that they pull in, too; they stay in the environment, as torchhub-constraints.txt. `on_line`
/// is told what pip says, line by line, as pip wrote it.
/// Throws: errc::bad_distribution_name before anything is run; errc::not_a_virtual_environment, for the
///   system's Python among others; errc::installation_failed.
TORCHHUB_PYTHON_EXPORT void install(const std::vector<std::string>& distributions,
                                    const std::filesystem::path& named,
                                    const std::vector<std::string>& constraints = {},
                                    const std::function<void(std::string_view)>& on_line = {});

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_DEPENDENCIES_H_
