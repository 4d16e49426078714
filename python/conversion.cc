// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/conversion.h>
#include <torchhub/python/detail/convert.h>
#include <torchhub/python/detail/utf8.h>
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

// "torch.bool", "complex64": of tensors, and of numpy's arrays and numbers, neither of which this room knows; "" for what
// has none.
std::string dtype_of(PyObject* object) {
  if (!PyObject_HasAttrString(object, "dtype")) return "";
  const auto dtype = py::reinterpret_steal<py::object>(PyObject_GetAttrString(object, "dtype"));
  if (!dtype) throw_raised("asking for a dtype");
  const auto text = py::reinterpret_steal<py::object>(PyObject_Str(dtype.ptr()));
  if (!text) throw_raised("asking for a dtype");
  return utf8_of(text, kTold);
}

bool is_complex(PyObject* object) { return dtype_of(object).find("complex") != std::string::npos; }

// As PyNumber_Index; throws errc::wrong_type for what is no integer.
py::object index_of(const Object& object) {
  if (!PyIndex_Check(object.get())) throw_wrong_type(object, "an int");
  auto index = py::reinterpret_steal<py::object>(PyNumber_Index(object.get()));
  if (!index) throw_raised("asking for an int");
  return index;
}

}  // namespace

bool truth_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  if (!PyBool_Check(object.get())) {
    const std::string dtype = dtype_of(object.get());
    if (dtype != "bool" && dtype != "torch.bool") throw_wrong_type(object, "a bool");
  }
  const int truth = PyObject_IsTrue(object.get());
  if (truth < 0) throw_raised("asking for a bool");
  return truth != 0;
}

std::int64_t integer_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  const py::object index = index_of(object);
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0) throw_wrong_type(object, "an int of 64 bits");
  return value;
}

std::uint64_t natural_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  const py::object index = index_of(object);
  const unsigned long long value = PyLong_AsUnsignedLongLong(index.ptr());
  if (value == static_cast<unsigned long long>(-1) && PyErr_Occurred()) {
    // Negative, or too large.
    PyErr_Clear();
    throw_wrong_type(object, "an int of 64 bits from 0 on");
  }
  return value;
}

double number_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  // numpy's complex numbers have a float() that forgets half of them.
  if (!has_number(object.get()) || is_complex(object.get()))
    throw_wrong_type(object, "a real number");
  const double value = PyFloat_AsDouble(object.get());
  if (value == -1.0 && PyErr_Occurred()) throw_raised("asking for a number");
  return value;
}

std::complex<double> complex_of(const Object& object) {
  const py::gil_scoped_acquire lock;
  const bool is_number = PyComplex_Check(object.get()) || has_number(object.get()) ||
                         PyObject_HasAttrString(object.get(), "__complex__");
  if (!is_number) throw_wrong_type(object, "a number");
  const Py_complex value = PyComplex_AsCComplex(object.get());
  if (value.real == -1.0 && PyErr_Occurred()) throw_raised("asking for a complex number");
  return {value.real, value.imag};
}

std::vector<Object> rows_of(const Object& object, bool as_numbers) {
  if (is_list_or_tuple(object)) return elements(object);
  const py::gil_scoped_acquire lock;
  const bool is_array = !dtype_of(object.get()).empty() &&
                        PyObject_HasAttrString(object.get(), "tolist") &&
                        PyObject_Size(object.get()) >= 0;
  // What has no dimension has no length.
  PyErr_Clear();
  if (!is_array) throw_wrong_type(object, "a list, a tuple or an array");
  return elements(as_numbers ? call(attribute(object, "tolist"), Arguments()) : object);
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
