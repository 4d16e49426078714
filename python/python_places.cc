// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/interpreter.h>
#include <torchhub/python/python_places.h>

#include <string>

namespace torchhub::python {

namespace py = pybind11;

std::vector<std::filesystem::path> python_places() {
  ensure_interpreter();
  const py::gil_scoped_acquire lock;
  const py::module_ sys = py::module_::import("sys");
  std::vector<std::filesystem::path> places;
  for (const char* name : {"prefix", "base_prefix"}) {
    const std::filesystem::path prefix = std::string(py::str(sys.attr(name)));
    // What else lies there is no part of Python: /usr and /usr/local are prefixes, too.
    for (const char* part : {"bin", "lib", "lib64", "pyvenv.cfg"}) places.push_back(prefix / part);
  }
  for (const py::handle& entry : sys.attr("path")) {
    std::string folder = py::str(entry);
    if (!folder.empty()) places.emplace_back(std::move(folder));
  }
  return places;
}

}  // namespace torchhub::python
