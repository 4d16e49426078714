#include <torchhub/hub/python_choice.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace torchhub {
namespace {

std::string_view value_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

}  // namespace

PythonChoice PythonChoice::from_environment() {
  PythonChoice choice;
  for (const char* variable : {"TORCHHUB_VENV", "VIRTUAL_ENV"}) {
    if (value_of(variable).empty() || !choice.environment.empty()) continue;
    choice.environment = value_of(variable);
    choice.variable = variable;
  }
  const std::string_view list = value_of("PYTHONPATH");
  for (std::size_t at = 0; !list.empty() && at <= list.size();) {
    const std::size_t end = std::min(list.find(':', at), list.size());
    // Nothing between two colons is the current folder, as in Python.
    choice.search_path.emplace_back(end == at ? "." : list.substr(at, end - at));
    at = end + 1;
  }
  return choice;
}

}  // namespace torchhub
