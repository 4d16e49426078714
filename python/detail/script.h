#ifndef TORCHHUB_PYTHON_DETAIL_SCRIPT_H_
#define TORCHHUB_PYTHON_DETAIL_SCRIPT_H_
// Our own Python code, carried inside the program. Includes pybind11: for .cc files of this room.

#include <pybind11/pybind11.h>

namespace torchhub::python::detail {

/// The module that `source` makes, run once a process; `name` is for tracebacks.
/// The caller holds the interpreter's lock.
pybind11::module_ script_module(const char* name, const char* source);

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_SCRIPT_H_
