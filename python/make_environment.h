#ifndef TORCHHUB_PYTHON_MAKE_ENVIRONMENT_H_
#define TORCHHUB_PYTHON_MAKE_ENVIRONMENT_H_
// A virtual environment that fits: of the Python that torchhub was built with, with its torch.
//
//   python::Environment vision = python::make_environment("venvs/vision");
//   python::install({"torch", "timm"}, vision.prefix, {"torch==" + python::built_torch_release()});
//   // venvs/vision/torchhub-requirements.txt names all that was installed, with hashes
//
// Runs uv where it is on PATH, else the build's Python with its modules venv and pip.

#include <torchhub/python/environment.h>
#include <torchhub/python/export.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::python {

/// Makes an environment in `folder`, which is not there, is empty, or is one already that fits. From then on install()
/// keeps a record in it. Where the build's torch comes from the system's packages, the environment sees those: no
/// index has a torch of their kind. `on_line` is told what the programs say.
/// Throws: errc::not_a_virtual_environment, does_not_fit, for what is in the folder; installation_failed; cannot_start.
TORCHHUB_PYTHON_EXPORT Environment make_environment(
    const std::filesystem::path& folder, const std::function<void(std::string_view)>& on_line = {});

/// The release of the torch that torchhub was built with, as indexes have it, "2.13.0+cpu" or "2.13.0"; "" for the
/// system's.
TORCHHUB_PYTHON_EXPORT std::string built_torch_release();

/// Installs what a record names, nothing else, and refuses what has another hash. The record is kept in the environment.
/// Throws: errc::installation_failed, for a record that cannot be read, too.
TORCHHUB_PYTHON_EXPORT void install_recorded(
    const Environment& environment, const std::filesystem::path& record,
    const std::function<void(std::string_view)>& on_line = {});

/// Those of `modules` that `environment` cannot import, each with what Python says: "RuntimeError: ...". A package that
/// was compiled for another variant of torch shows only so. Runs the interpreter and the packages.
/// Throws: errc::cannot_start.
TORCHHUB_PYTHON_EXPORT std::vector<std::pair<std::string, std::string>> import_failures(
    const Environment& environment, const std::vector<std::string>& modules);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_MAKE_ENVIRONMENT_H_
