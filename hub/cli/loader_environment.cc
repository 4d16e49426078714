#include <torchhub/hub/cli/loader_environment.h>
#include <torchhub/hub/cli/program.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace torchhub::cli {

PythonChoice python_choice(const CommandLine& line) {
  PythonChoice choice = PythonChoice::from_environment();
  if (line.python.empty()) return choice;
  choice.environment = line.python;
  choice.variable.clear();
  return choice;
}

void load_from_environment(const PythonChoice& choice, Fit fit) {
  const std::optional<python::Environment> environment = fitting_environment(choice, fit);
  if (!environment) return;
  for (const auto& [name, place] : loader_variables(*environment, fit == Fit::python_and_torch)) {
    const char* before = std::getenv(name.c_str());
    const std::string kept = before ? before : "";
    setenv((kCallersVariable + name).c_str(), kept.c_str(), 1);
    setenv(name.c_str(), (place.string() + (kept.empty() ? "" : ":" + kept)).c_str(), 1);
  }
}

}  // namespace torchhub::cli
