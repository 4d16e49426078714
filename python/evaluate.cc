// Python.h, inside pybind11, wants to be first.
#include <torchhub/python/detail/convert.h>
#include <torchhub/python/detail/exit_handler.h>
#include <torchhub/python/evaluate.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/interpreter.h>

#include <string>

namespace torchhub::python {
namespace {

namespace py = pybind11;

py::str text(std::string_view value) { return {value.data(), value.size()}; }

}  // namespace

// The permission itself says nothing that is needed here: whoever holds one has been through the gate.
Object import_module(const TrustedSource& /*trusted*/, std::string_view name) {
  ensure_interpreter();
  const detail::RenewedExitHandler renewed;
  const py::gil_scoped_acquire lock;
  try {
    return Object(
        py::object(py::module_::import("importlib").attr("import_module")(text(name))).ptr());
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("importing " + std::string(name));
  }
}

Object evaluate(const TrustedSource& /*trusted*/, std::string_view expression,
                const Arguments::Keywords& names) {
  ensure_interpreter();
  const detail::RenewedExitHandler renewed;
  const py::gil_scoped_acquire lock;
  try {
    const py::module_ builtins = py::module_::import("builtins");
    const py::object globals = detail::to_python(names);
    return Object(py::object(builtins.attr("eval")(text(expression), globals)).ptr());
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised("evaluating an expression");
  }
}

}  // namespace torchhub::python
