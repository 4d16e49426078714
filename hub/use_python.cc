#include <torchhub/hub/fitting_environment.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/error.h>
#include <torchhub/python/interpreter.h>

#include <optional>
#include <string>

namespace torchhub {

void use_python(const PythonChoice& choice) {
  const bool is_asked_for = !choice.environment.empty() && choice.variable.empty();
  if (!is_asked_for && python::interpreter_runs()) return;
  const std::optional<python::Environment> environment = fitting_environment(choice);
  if (!environment) return;
  // The front of the command has seen to it; a program's own LibTorch is there before it can choose.
  const std::optional<python::TorchPackage> loaded = python::loaded_torch();
  const std::optional<python::TorchPackage>& wanted = environment->torch;
  if (loaded && wanted && !loaded->version.empty() && loaded->version != wanted->version &&
      loaded->libraries != wanted->libraries)
    throw python::Error(
        python::errc::does_not_fit,
        wanted->folder.string() + " is torch " + wanted->version +
            ", and this process has loaded the LibTorch of torch " + loaded->version +
            ": the environment's is loaded by a program that is started with LD_LIBRARY_PATH=" +
            wanted->libraries.string());
  python::use_environment(*environment);
}

}  // namespace torchhub
