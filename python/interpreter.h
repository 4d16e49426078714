#ifndef TORCHHUB_PYTHON_INTERPRETER_H_
#define TORCHHUB_PYTHON_INTERPRETER_H_
// The one CPython of this process.
//
//   python::ensure_interpreter();
//   pybind11::gil_scoped_acquire lock;

#include <torchhub/python/environment.h>
#include <torchhub/python/export.h>

#include <optional>

namespace torchhub::python {

/// Has ensure_interpreter() start Python as `environment` has it: its packages, those of its .pth files and
/// of its search_path, and sys.executable and sys.prefix. Where it has no torch, the build's comes last.
/// Throws: errc::cannot_start where Python runs already, and not with this environment; errc::does_not_fit
///   for one of another Python.
/// Thread safety: may be called at any time.
TORCHHUB_PYTHON_EXPORT void use_environment(const Environment& environment);

/// The environment that was chosen so; nullopt for the build's.
TORCHHUB_PYTHON_EXPORT std::optional<Environment> used_environment();

/// Whether Python runs in this process, whoever started it.
TORCHHUB_PYTHON_EXPORT bool interpreter_runs();

/// Starts the chosen Python, else the one that torchhub was built with (isolated: no environment variables,
/// no user site; a virtual environment is honoured; signals stay with the program), or joins the one that
/// the program runs already. On return no thread holds the interpreter's lock for us. It is never
/// finalised: torch's threads and statics outlive it. It is the main interpreter; the program's subinterpreters
/// are left alone. exit() calls run_exit_functions(), and keeps threads that are left out of Python for two seconds, in
/// which the process ends.
/// A program that has chosen no locale for LC_CTYPE gets the environment's there, or else C.UTF-8, as Python chooses for
/// itself: .pth files and text files are read in it.
/// Throws: errc::cannot_start, with Python's reason, each time, since Python cannot be started twice; also in a thread
///   that runs a subinterpreter.
/// Thread safety: may be called at any time, any number of times, with or without the lock.
TORCHHUB_PYTHON_EXPORT void ensure_interpreter();

/// Runs, once, what Python code registered with its atexit, as the end of Python would, if ensure_interpreter() started
/// Python; in a program that runs Python itself, that is the program's part. Nothing where a thread keeps the
/// interpreter's lock for two seconds. Python prints what the functions raise.
TORCHHUB_PYTHON_EXPORT void run_exit_functions();

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_INTERPRETER_H_
