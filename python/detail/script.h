#ifndef TORCHHUB_PYTHON_DETAIL_SCRIPT_H_
#define TORCHHUB_PYTHON_DETAIL_SCRIPT_H_
// Our own Python code, carried inside the program. Includes pybind11: for .cc files of this room.

#include <pybind11/pybind11.h>

#include <string>

namespace torchhub::python::detail {

/// The module that `source` makes, run once a process; `name` is for tracebacks.
/// The caller holds the interpreter's lock.
pybind11::module_ script_module(const char* name, const char* source);

/// The Python exception that was caught, as ours. The caller holds the interpreter's lock.
[[noreturn]] void throw_python_exception(const pybind11::error_already_set& raised, const std::string& context);

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_SCRIPT_H_
