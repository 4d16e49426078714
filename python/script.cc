// Python.h, inside pybind11, wants to be first.
#include <torchhub/python/detail/script.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/script.h>

#include <string>

namespace torchhub::python {

namespace py = pybind11;

Object script_function(const char* name, const char* source, std::string_view function) {
  ensure_interpreter();
  const py::gil_scoped_acquire lock;
  try {
    const py::object found =
        detail::script_module(name, source).attr(py::str(function.data(), function.size()));
    return Object(found.ptr());
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("running " + std::string(name));
  }
}

}  // namespace torchhub::python
