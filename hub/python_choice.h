#ifndef TORCHHUB_HUB_PYTHON_CHOICE_H_
#define TORCHHUB_HUB_PYTHON_CHOICE_H_
// Which Python the user wants: the one of an environment, with PYTHONPATH's folders before its own.
//
//   torchhub::PythonChoice choice = torchhub::PythonChoice::from_environment();
//   choice.environment = "/home/me/venvs/vision";
//
// Context::python() is one. fitting_environment() looks at it, use_python() has Python start with it.

#include <torchhub/hub/export.h>

#include <filesystem>
#include <string>
#include <vector>

namespace torchhub {

struct TORCHHUB_EXPORT PythonChoice {
  std::filesystem::path
      environment;       ///< a folder or an interpreter; "" for the Python of the build
  std::string variable;  ///< the environment variable that named it, "" where none did
  std::vector<std::filesystem::path> search_path;  ///< PYTHONPATH's folders, or none

  /// TORCHHUB_VENV, else VIRTUAL_ENV, of an environment that is active; and PYTHONPATH.
  static PythonChoice from_environment();
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_PYTHON_CHOICE_H_
