#ifndef TORCHHUB_PYTHON_DETAIL_PIP_H_
#define TORCHHUB_PYTHON_DETAIL_PIP_H_
// pip, or uv where an environment has no pip, and a record of what they install.

#include <torchhub/python/environment.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::python::detail {

using OnLine = std::function<void(std::string_view)>;

/// Where uv is, "" where it is not on PATH.
std::filesystem::path find_uv();

/// Runs a program and hands on_line its lines. Its exit status. Throws: errc::cannot_start.
int run_and_tell(const std::vector<std::string>& command, const std::filesystem::path& folder,
                 const OnLine& on_line);

/// The file in an environment that names what was installed, with hashes. Kept only where it is there.
std::filesystem::path record_of(const Environment& environment);

/// `pip install` and these words. Where uv is asked and cannot, pip is put into the environment and tried: it knows
/// indexes that were set for it. Throws: errc::installation_failed, cannot_start.
void pip_install(const Environment& environment, const std::vector<std::string>& words,
                 const OnLine& on_line);

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_PIP_H_
