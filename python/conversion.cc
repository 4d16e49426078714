// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/conversion.h>
#include <torchhub/python/detail/convert.h>
#include <torchhub/python/error.h>
#include <torchhub/python/exception.h>

namespace torchhub::python {

namespace py = pybind11;

void throw_wrong_type(const Object& object, std::string_view wanted) {
  throw Error(errc::wrong_type,
              "the object is a " + type_name(object) + ", not " + std::string(wanted));
}

namespace detail {
namespace {

bool has_number(PyObject* object) {
  const PyNumberMethods* methods = Py_TYPE(object)->tp_as_number;
  return methods && (methods->nb_float || methods->nb_index);
}

}  // namespace

std::int64_t integer_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  if (!PyIndex_Check(object.get())) throw_wrong_type(object, "an int");
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(object.get()));
  if (!index) throw_raised("asking for an int");
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0) throw_wrong_type(object, "an int of 64 bits");
  return value;
}

double number_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  if (!has_number(object.get())) throw_wrong_type(object, "a number");
  const double value = PyFloat_AsDouble(object.get());
  if (value == -1.0 && PyErr_Occurred()) throw_raised("asking for a number");
  return value;
}

void require_positional(const Arguments& given, std::size_t wanted) {
  if (!given.keywords().empty()) {
    throw Error(errc::wrong_type, "the function takes no keyword arguments, and " +
                                      given.keywords().front().first + " was given");
  }
  if (given.positional().size() != wanted) {
    throw Error(errc::wrong_type, "the function takes " + std::to_string(wanted) +
                                      " arguments, and " +
                                      std::to_string(given.positional().size()) + " were given");
  }
}

}  // namespace detail
}  // namespace torchhub::python
