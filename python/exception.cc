// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/detail/utf8.h>
#include <torchhub/python/error.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/object.h>
#include <torchhub/python/stoppable.h>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace torchhub::python {

namespace py = pybind11;

namespace {

using detail::kTold;
using detail::utf8_of;

std::mutex& translators_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::vector<Translator>& translators() {
  static std::vector<Translator> all;
  return all;
}

bool raise_translated(const std::exception_ptr& thrown) {
  std::vector<Translator> all;
  {
    const std::lock_guard lock(translators_mutex());
    all = translators();
  }
  return std::any_of(all.begin(), all.end(), [&](Translator raise) { return raise(thrown); });
}

void raise_object(const py::object& raised) {
  PyErr_Restore(py::type::of(raised).release().ptr(), raised.inc_ref().ptr(),
                PyException_GetTraceback(raised.ptr()));
}

void raise_sentence(PyObject* type, std::string_view sentence) {
  // It may hold bytes of a file's name that are no UTF-8.
  const auto text = py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
      sentence.data(), static_cast<Py_ssize_t>(sentence.size()), "backslashreplace"));
  if (text) PyErr_SetObject(type, text.ptr());
}

void raise_interrupt() {
  take_stop();
  PyErr_SetNone(PyExc_KeyboardInterrupt);
}

}  // namespace

void throw_raised(const std::string& context) {
  const py::error_already_set raised;
  std::string type = "an exception";
  std::string message;
  std::string traceback;
  try {
    const py::object& cls = raised.type();
    const py::object module_name = py::getattr(cls, "__module__", py::str("builtins"));
    const std::string module = utf8_of(py::str(module_name), kTold);
    type = utf8_of(py::str(cls.attr("__qualname__")), kTold);
    if (module != "builtins") type = module + '.' + type;
    const py::object trace = raised.trace() ? py::object(raised.trace()) : py::object(py::none());
    // For whoever raises it again.
    if (raised.trace()) PyException_SetTraceback(raised.value().ptr(), raised.trace().ptr());
    message = utf8_of(py::str(raised.value()), kTold);
    for (const py::handle& note : py::getattr(raised.value(), "__notes__", py::tuple()))
      message += " (" + utf8_of(py::str(note), kTold) + ')';
    const py::object lines =
        py::module_::import("traceback").attr("format_exception")(cls, raised.value(), trace);
    traceback = utf8_of(py::str("").attr("join")(lines), kTold);
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

void raise_in_python(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const PythonException& exception) {
    if (const Object raised = raised_exception(exception)) {
      raise_object(py::reinterpret_borrow<py::object>(raised.get()));
    } else {
      raise_sentence(PyExc_RuntimeError, exception.what());
    }
  } catch (const py::error_already_set& raised) {
    // Of a program that uses pybind11 itself.
    if (raised.trace()) PyException_SetTraceback(raised.value().ptr(), raised.trace().ptr());
    raise_object(raised.value());
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::system::errc::operation_canceled) return raise_interrupt();
    raise_sentence(error.code() == errc::wrong_type ? PyExc_TypeError : PyExc_RuntimeError,
                   error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    if (!raise_translated(thrown)) raise_sentence(PyExc_RuntimeError, error.what());
  } catch (...) {
    if (!raise_translated(thrown))
      raise_sentence(PyExc_RuntimeError,
                     "a function of the program's threw what is no std::exception");
  }
}

void add_translator(Translator translator) {
  const std::lock_guard lock(translators_mutex());
  translators().push_back(translator);
}

}  // namespace torchhub::python
