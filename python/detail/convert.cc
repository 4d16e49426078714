// Python.h, inside pybind11, wants to be first.
#include <pybind11/complex.h>
#include <pybind11/pybind11.h>

#include <torchhub/python/detail/convert.h>
#include <torchhub/python/error.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace torchhub::python::detail {
namespace {

namespace py = pybind11;

Arguments arguments_of(const py::args& positional, const py::kwargs& keywords) {
  Arguments arguments;
  for (const py::handle& value : positional) arguments.positional(Object(value.ptr()));
  for (const auto& [name, value] : keywords)
    arguments.keyword(name.cast<std::string>(), Object(value.ptr()));
  return arguments;
}

// Calls a function of the program's for Python. What it throws becomes Python's exception once the interpreter's
// lock is held again.
py::object call_outside(const Callable& callable, const Arguments& arguments) {
  std::optional<Argument> result;
  PyObject* raised = PyExc_RuntimeError;
  std::string sentence;
  {
    const py::gil_scoped_release unlocked;
    try {
      result = callable.function()(arguments);
    } catch (const Error& error) {
      if (error.code() == errc::wrong_type) raised = PyExc_TypeError;
      sentence = error.what();
    } catch (const std::exception& error) {
      sentence = error.what();
    } catch (...) {
      sentence = "a function of the program's threw what is no std::exception";
    }
  }
  if (result) return to_python(*result);
  // A sentence may hold bytes of a file's name that are no UTF-8.
  const auto text = py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
      sentence.data(), static_cast<Py_ssize_t>(sentence.size()), "backslashreplace"));
  if (text) PyErr_SetObject(raised, text.ptr());
  throw py::error_already_set();
}

struct ToPython {
  py::object operator()(std::monostate) const { return py::none(); }
  py::object operator()(bool value) const { return py::bool_(value); }
  py::object operator()(std::int64_t value) const { return py::int_(value); }
  py::object operator()(double value) const { return py::float_(value); }
  py::object operator()(const std::string& value) const { return py::str(value); }
  py::object operator()(const WideInteger& value) const {
    // int() takes 4300 digits at most (sys.set_int_max_str_digits); there is no such limit here.
    constexpr std::size_t kPiece = 4000;
    const bool is_negative = value.decimal.starts_with('-');
    const py::object integer = py::module_::import("builtins").attr("int");
    py::object whole = py::int_(0);
    for (std::size_t at = is_negative; at < value.decimal.size(); at += kPiece) {
      const std::string piece = value.decimal.substr(at, kPiece);
      whole = whole * py::int_(10).attr("__pow__")(piece.size()) + integer(piece);
    }
    return is_negative ? -whole : whole;
  }
  py::object operator()(const Object& value) const {
    if (value) return borrow(value);
    PyErr_SetString(PyExc_TypeError, "an argument holds no object");
    throw py::error_already_set();
  }
  py::object operator()(const Bytes& value) const { return py::bytes(value.data); }
  py::object operator()(const std::complex<double>& value) const { return py::cast(value); }
  py::object operator()(const Argument::List& values) const {
    py::list list;
    for (const Argument& value : values) list.append(to_python(value));
    return list;
  }
  py::object operator()(const Argument::Tuple& values) const {
    return py::tuple((*this)(values.items));
  }
  py::object operator()(const Argument::Dict& values) const {
    py::dict dict;
    for (const auto& [key, value] : values) dict[to_python(key)] = to_python(value);
    return dict;
  }
  py::object operator()(const Callable& callable) const {
    return py::cpp_function([callable](const py::args& positional, const py::kwargs& keywords) {
      return call_outside(callable, arguments_of(positional, keywords));
    });
  }
};

}  // namespace

py::object borrow(const Object& object) { return py::reinterpret_borrow<py::object>(object.get()); }

py::object to_python(const Argument& argument) { return std::visit(ToPython(), argument.value()); }

py::object to_python(const Arguments::Keywords& values) {
  py::dict dict;
  for (const auto& [key, value] : values) dict[py::str(key)] = to_python(value);
  return dict;
}

}  // namespace torchhub::python::detail
