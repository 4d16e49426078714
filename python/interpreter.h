#ifndef TORCHHUB_PYTHON_INTERPRETER_H_
#define TORCHHUB_PYTHON_INTERPRETER_H_
// The one CPython of this process.
//
//   python::ensure_interpreter();
//   pybind11::gil_scoped_acquire lock;

#include <torchhub/python/export.h>

namespace torchhub::python {

/// Starts the Python that torchhub was built with (isolated: no environment variables, no user
/// site; a virtual environment is honoured; signals stay with the program), or joins the one that
/// the program runs already. On return no thread holds the interpreter's lock for us. It is never
/// finalised: torch's threads and statics outlive it.
/// Throws: errc::cannot_start.
/// Thread safety: may be called at any time, any number of times, with or without the lock.
TORCHHUB_PYTHON_EXPORT void ensure_interpreter();

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_INTERPRETER_H_
