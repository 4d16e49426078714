// Python.h wants to be first.
#include <Python.h>

#include <torchhub/python/error.h>
#include <torchhub/python/interpreter.h>

#include <torchhub_python_config.h>

#include <mutex>
#include <string>

namespace torchhub::python {
namespace {

void start() {
  if (Py_IsInitialized()) return;
  PyPreConfig before;
  PyPreConfig_InitIsolatedConfig(&before);
  // As Python has it where no locale was chosen (PEP 540); the program's locale is the program's.
  before.utf8_mode = 1;
  PyStatus status = Py_PreInitialize(&before);
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.install_signal_handlers = 0;
  // The interpreter is never finalised, so nothing would flush what it holds back.
  config.buffered_stdio = 0;
  // The path as it was chosen: a virtual environment is recognised by the folder it lies in.
  if (!PyStatus_Exception(status)) {
    status = PyConfig_SetBytesString(&config, &config.executable, TORCHHUB_PYTHON_EXECUTABLE);
  }
  if (!PyStatus_Exception(status)) {
    status = PyConfig_SetBytesString(&config, &config.program_name, TORCHHUB_PYTHON_EXECUTABLE);
  }
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) {
    throw Error(errc::cannot_start,
                "Python (" TORCHHUB_PYTHON_EXECUTABLE ") cannot start: " +
                    std::string(status.err_msg ? status.err_msg : "it gave no reason"));
  }
  PyEval_SaveThread();
}

}  // namespace

void ensure_interpreter() {
  static std::once_flag started;
  std::call_once(started, start);
}

}  // namespace torchhub::python
