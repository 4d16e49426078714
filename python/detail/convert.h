#ifndef TORCHHUB_PYTHON_DETAIL_CONVERT_H_
#define TORCHHUB_PYTHON_DETAIL_CONVERT_H_
// Between C++'s values and pybind11's objects. The caller holds the interpreter's lock.

// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/arguments.h>

namespace torchhub::python::detail {

pybind11::object borrow(const Object& object);

pybind11::object to_python(const Argument& argument);
/// A dict.
pybind11::object to_python(const Arguments::Keywords& values);

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_CONVERT_H_
