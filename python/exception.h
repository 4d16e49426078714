#ifndef TORCHHUB_PYTHON_EXCEPTION_H_
#define TORCHHUB_PYTHON_EXCEPTION_H_
// The border that Python's exceptions cross.
//
//   catch (pybind11::error_already_set& raised) {
//     raised.restore();
//     python::throw_raised("calling forward");
//   }

#include <torchhub/python/error.h>
#include <torchhub/python/export.h>
#include <torchhub/python/object.h>

#include <exception>
#include <string>

namespace torchhub::python {

/// Throws the exception that Python has raised in this thread as a PythonException, and clears it.
/// `context` says what was being done. The caller holds the interpreter's lock.
[[noreturn]] TORCHHUB_PYTHON_EXPORT void throw_raised(const std::string& context);

/// Python's exception itself; empty where it was raised in another process.
TORCHHUB_PYTHON_EXPORT Object raised_exception(const PythonException& thrown);

/// Raises in this thread what C++ code threw: a PythonException as the object that it was, with its traceback; an error
/// of the condition operation_canceled, which a stop is, as KeyboardInterrupt; errc::wrong_type as TypeError;
/// what a Translator knows as that has it; all else as RuntimeError with its sentence. The caller holds the
/// interpreter's lock.
TORCHHUB_PYTHON_EXPORT void raise_in_python(const std::exception_ptr& thrown);

/// Raises another library's exception and returns true; false for what it does not know. It is called with the
/// interpreter's lock.
using Translator = bool (*)(const std::exception_ptr& thrown);

/// Has raise_in_python() ask `translator`, too. Thread safety: may be called at any time, and before main().
TORCHHUB_PYTHON_EXPORT void add_translator(Translator translator);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_EXCEPTION_H_
