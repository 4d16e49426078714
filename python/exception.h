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

#include <string>

namespace torchhub::python {

/// Throws the exception that Python has raised in this thread as a PythonException, and clears it.
/// `context` says what was being done. The caller holds the interpreter's lock.
[[noreturn]] TORCHHUB_PYTHON_EXPORT void throw_raised(const std::string& context);

/// Python's exception itself; empty where it was raised in another process.
TORCHHUB_PYTHON_EXPORT Object raised_exception(const PythonException& thrown);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_EXCEPTION_H_
