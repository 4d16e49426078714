#ifndef TORCHHUB_PYTHON_PYTHON_PLACES_H_
#define TORCHHUB_PYTHON_PYTHON_PLACES_H_
// Where the Python in use and its packages lie, and how another process comes by the same: what a sandbox needs.
//
//   for (const auto& place : python::python_places()) options.readable(place);
//   const python::PythonProcess worker = python::python_process();
//   for (const auto& [name, value] : worker.variables) options.variable(name, value);
//   python::run_in_sandbox({worker.interpreter, "-I", "worker.py"}, options);

#include <torchhub/python/export.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace torchhub::python {

/// bin, lib and lib64 of sys.prefix and sys.base_prefix, the folders of sys.path, and where the LibTorch and the libpython of the chosen
/// environment lie. Throws: errc::cannot_start.
TORCHHUB_PYTHON_EXPORT std::vector<std::filesystem::path> python_places();

/// An interpreter of the Python in use, started with -I.
struct PythonProcess {
  std::filesystem::path interpreter;
  /// TORCHHUB_SYS_PATH, in which the sys.path of this process stands with ':' between its entries; the
  /// script that is run has to take it over, since -I keeps PYTHONPATH out.
  std::vector<std::pair<std::string, std::string>> variables;
};

/// Throws: errc::cannot_start.
TORCHHUB_PYTHON_EXPORT PythonProcess python_process();

/// The variables with which this program, started anew by its own path, uses the Python and the LibTorch that it
/// uses here; none for the build's.
TORCHHUB_PYTHON_EXPORT std::vector<std::pair<std::string, std::string>> program_variables();

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_PYTHON_PLACES_H_
