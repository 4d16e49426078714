#include <torchhub/hub/fitting_environment.h>
#include <torchhub/python/error.h>

#include <torchhub_torch_config.h>

#include <string>

namespace torchhub {
namespace {

// A sentence about an environment, and who named it, unless the user did so in the same breath.
std::string told(const std::string& sentence, const PythonChoice& choice) {
  return choice.variable.empty() ? sentence : choice.variable + " is set: " + sentence;
}

}  // namespace

std::optional<python::Environment> fitting_environment(const PythonChoice& choice, Fit fit) {
  if (choice.environment.empty() && choice.search_path.empty()) return std::nullopt;
  std::optional<python::Environment> environment;
  try {
    environment = python::find_environment(choice.environment, choice.search_path);
  } catch (const python::Error& missing) {
    throw python::Error(missing.code(), told(missing.what(), choice));
  }
  std::optional<std::string> misfit;
  if (fit != Fit::torch) misfit = python_misfit(*environment);
  if (fit != Fit::python && !misfit)
    misfit = torch_misfit(*environment, TORCHHUB_TORCH_VERSION, TORCHHUB_TORCH_CXX11_ABI != 0);
  if (misfit) throw python::Error(python::errc::does_not_fit, told(*misfit, choice));
  return environment;
}

}  // namespace torchhub
