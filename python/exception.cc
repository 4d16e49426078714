// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/error.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/object.h>

#include <memory>
#include <string>

namespace torchhub::python {

namespace py = pybind11;

void throw_raised(const std::string& context) {
  const py::error_already_set raised;
  std::string type = "an exception";
  std::string message;
  std::string traceback;
  try {
    const py::object& cls = raised.type();
    const std::string module = py::str(cls.attr("__module__"));
    type = py::str(cls.attr("__qualname__"));
    if (module != "builtins") type = module + '.' + type;
    message = py::str(raised.value());
    for (const py::handle& note : py::getattr(raised.value(), "__notes__", py::tuple()))
      message += " (" + std::string(py::str(note)) + ')';
    const py::object trace = raised.trace() ? py::object(raised.trace()) : py::object(py::none());
    const py::object lines =
        py::module_::import("traceback").attr("format_exception")(cls, raised.value(), trace);
    traceback = py::str(py::str("").attr("join")(lines));
  } catch (const py::error_already_set&) {
    // An exception whose own __str__ raises: its type is what is left to tell.
    if (message.empty()) message = "(it cannot be turned into text)";
  }
  throw PythonException(context, type, message, traceback,
                        std::make_shared<const Object>(raised.value().ptr()));
}

Object raised_exception(const PythonException& thrown) {
  return thrown.raised() ? *static_cast<const Object*>(thrown.raised().get()) : Object();
}

}  // namespace torchhub::python
