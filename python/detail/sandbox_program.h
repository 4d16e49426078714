#ifndef TORCHHUB_PYTHON_DETAIL_SANDBOX_PROGRAM_H_
#define TORCHHUB_PYTHON_DETAIL_SANDBOX_PROGRAM_H_
// The program of python/sandbox/, which the library carries: whoever links it has nothing more to install.

#include <string_view>

namespace torchhub::python::detail {

/// A statically linked ELF file.
std::string_view sandbox_program();

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_SANDBOX_PROGRAM_H_
