// Python.h, inside pybind11, wants to be first.
#include <pybind11/complex.h>
#include <pybind11/pybind11.h>

#include <torchhub/python/detail/convert.h>
#include <torchhub/python/detail/utf8.h>
#include <torchhub/python/error.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/operations.h>

#include <complex>
#include <utility>

namespace torchhub::python {
namespace {

namespace py = pybind11;
using detail::borrow;
using detail::kPassed;
using detail::kTold;
using detail::str_of;
using detail::to_python;
using detail::utf8_of;

// Runs `body` under the interpreter's lock, with Python's exceptions turned into ours.
template <class Body>
auto in_python(const std::string& doing, Body body) {
  const py::gil_scoped_acquire lock;
  try {
    return body();
  } catch (py::error_already_set& raised) {
    raised.restore();
    throw_raised(doing);
  }
}

Argument wide_value_of(const py::handle& integer) {
  try {
    return WideInteger{py::str(integer)};
  } catch (const py::error_already_set&) {
    // Python writes no more digits out than sys.set_int_max_str_digits() allows.
    return Object(integer.ptr());
  }
}

Argument value_of(const py::handle& object);

Argument::List values_of(const py::handle& objects) {
  Argument::List list;
  for (const py::handle& object : objects) list.push_back(value_of(object));
  return list;
}

Argument value_of(const py::handle& object) {
  // A list may hold itself; Python has a limit for that.
  if (Py_EnterRecursiveCall(" while turning an object into a value")) throw py::error_already_set();
  struct Leave {
    ~Leave() { Py_LeaveRecursiveCall(); }
  } const leave;
  if (object.is_none()) return {};
  if (PyBool_Check(object.ptr())) return object.cast<bool>();
  if (PyLong_Check(object.ptr())) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    return overflow == 0 ? Argument(value) : wide_value_of(object);
  }
  if (PyFloat_Check(object.ptr())) return object.cast<double>();
  if (PyUnicode_Check(object.ptr())) return utf8_of(object, kPassed);
  if (PyBytes_Check(object.ptr())) return Bytes{object.cast<std::string>()};
  if (PyComplex_Check(object.ptr())) return object.cast<std::complex<double>>();
  if (PyList_Check(object.ptr())) return values_of(object);
  if (PyTuple_Check(object.ptr())) return Argument::Tuple(values_of(object));
  if (PyDict_Check(object.ptr())) {
    Argument::Dict dict;
    for (const auto& [key, value] : py::reinterpret_borrow<py::dict>(object)) {
      dict.emplace_back(value_of(key), value_of(value));
    }
    return dict;
  }
  return Object(object.ptr());
}

}  // namespace

Object to_object(const Argument& value) {
  ensure_interpreter();
  return in_python("making an object", [&] { return Object(to_python(value).ptr()); });
}

Argument to_argument(const Object& object) {
  return in_python("reading a value", [&] { return value_of(borrow(object)); });
}

std::string to_text(const Object& object) {
  return in_python("turning an object into text",
                   [&] { return utf8_of(py::str(borrow(object)), kPassed); });
}

std::string type_name(const Object& object) {
  return in_python("asking for an object's type", [&] {
    const py::type type = py::type::of(borrow(object));
    // A class that an expression made has none.
    const py::object module_name = py::getattr(type, "__module__", py::str("builtins"));
    const std::string module = utf8_of(py::str(module_name), kTold);
    const std::string name = utf8_of(py::str(type.attr("__qualname__")), kTold);
    return module == "builtins" ? name : module + '.' + name;
  });
}

Object call(const Object& callable, const Arguments& arguments, const std::string& doing) {
  return in_python(doing, [&] {
    py::tuple positional(arguments.positional().size());
    for (std::size_t i = 0; i < positional.size(); ++i)
      positional[i] = to_python(arguments.positional()[i]);
    const py::object keywords = to_python(arguments.keywords());
    return Object(borrow(callable)(*positional, **keywords).ptr());
  });
}

Object attribute(const Object& object, std::string_view name) {
  return in_python("asking for the attribute " + std::string(name), [&] {
    return Object(py::object(py::getattr(borrow(object), str_of(name))).ptr());
  });
}

Object item(const Object& object, const Argument& key) {
  return in_python("asking for an item",
                   [&] { return Object(py::object(borrow(object)[to_python(key)]).ptr()); });
}

std::size_t length(const Object& object) {
  return in_python("asking for a length", [&] { return py::len(borrow(object)); });
}

std::vector<Object> elements(const Object& object) {
  return in_python("going through an object's elements", [&] {
    std::vector<Object> all;
    for (const py::handle& element : borrow(object)) all.emplace_back(element.ptr());
    return all;
  });
}

Object iterate(const Object& object) {
  return in_python("going through an object's elements",
                   [&] { return Object(py::object(py::iter(borrow(object))).ptr()); });
}

Object next(const Object& iterator) {
  return in_python("going through an object's elements", [&] {
    const auto element = py::reinterpret_steal<py::object>(PyIter_Next(iterator.get()));
    if (!element && PyErr_Occurred()) throw py::error_already_set();
    return Object(element.ptr());
  });
}

bool is_none(const Object& object) { return object.get() == Py_None; }

bool is_list_or_tuple(const Object& object) {
  return in_python("looking at an object",
                   [&] { return PyList_Check(object.get()) || PyTuple_Check(object.get()); });
}

std::vector<std::string> dir(const Object& object) {
  return in_python("listing an object's attributes", [&] {
    std::vector<std::string> names;
    for (const py::handle& name : py::module_::import("builtins").attr("dir")(borrow(object)))
      names.push_back(utf8_of(name, kPassed));
    return names;
  });
}

std::string help(const Object& object) {
  return in_python("asking for help", [&] {
    const py::module_ pydoc = py::module_::import("pydoc");
    return utf8_of(
        pydoc.attr("render_doc")(borrow(object), py::arg("renderer") = pydoc.attr("plaintext")),
        kTold);
  });
}

}  // namespace torchhub::python
