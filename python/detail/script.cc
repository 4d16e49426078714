#include <torchhub/python/detail/script.h>

#include <string>

namespace torchhub::python::detail {

namespace py = pybind11;

py::module_ script_module(const char* name, const char* source) {
  py::dict modules = py::module_::import("sys").attr("modules");
  if (modules.contains(name)) return py::reinterpret_borrow<py::module_>(modules[name]);
  py::module_ module = py::module_::import("types").attr("ModuleType")(name);
  const py::object code = py::module_::import("builtins")
                              .attr("compile")(source, std::string("<") + name + ">", "exec");
  py::module_::import("builtins").attr("exec")(code, module.attr("__dict__"));
  // Another thread may have made it meanwhile: there is one.
  return py::reinterpret_borrow<py::module_>(modules.attr("setdefault")(name, module));
}

}  // namespace torchhub::python::detail
