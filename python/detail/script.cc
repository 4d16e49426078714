#include <torchhub/python/detail/script.h>

#include <torchhub/python/error.h>

namespace torchhub::python::detail {

namespace py = pybind11;

py::module_ script_module(const char* name, const char* source) {
  py::dict modules = py::module_::import("sys").attr("modules");
  if (modules.contains(name)) return py::reinterpret_borrow<py::module_>(modules[name]);
  py::module_ module = py::module_::import("types").attr("ModuleType")(name);
  const py::object code = py::module_::import("builtins").attr("compile")(source, std::string("<") + name + ">", "exec");
  py::module_::import("builtins").attr("exec")(code, module.attr("__dict__"));
  modules[name] = module;
  return module;
}

void throw_python_exception(const py::error_already_set& raised, const std::string& context) {
  std::string type;
  std::string message;
  std::string traceback;
  try {
    const py::object cls = raised.type();
    const std::string module = py::str(cls.attr("__module__"));
    type = py::str(cls.attr("__qualname__"));
    if (module != "builtins") type = module + '.' + type;
    message = py::str(raised.value());
    const py::object lines = py::module_::import("traceback").attr("format_exception")(
        raised.type(), raised.value(), raised.trace() ? raised.trace() : py::object(py::none()));
    traceback = py::str(py::str("").attr("join")(lines));
  } catch (const py::error_already_set&) {
    // An exception whose own __str__ raises: its type is what is left to tell.
    if (message.empty()) message = "(no message could be made of it)";
  }
  throw PythonException(context, type, message, traceback);
}

}  // namespace torchhub::python::detail
