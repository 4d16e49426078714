#ifndef TORCHHUB_PYTHON_DETAIL_RUN_PROGRAM_H_
#define TORCHHUB_PYTHON_DETAIL_RUN_PROGRAM_H_
// Another program, run to its end.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::python::detail {

/// Runs a program, in `folder` where one is named; what it writes to stdout, and to stderr where `both`
/// is set, goes to `on_output` as it comes. Its exit status, or 128 and the number of its signal.
/// Throws: errc::cannot_start.
int run_program(std::vector<std::string> command, const std::filesystem::path& folder, bool both,
                const std::function<void(std::string_view)>& on_output);

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_RUN_PROGRAM_H_
