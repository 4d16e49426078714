// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/environment.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/python_places.h>

#include <torchhub_python_config.h>

#include <optional>
#include <string>

namespace torchhub::python {
namespace {

namespace py = pybind11;

// The entries of sys.path, but for the current folder's "".
std::vector<std::string> search_path() {
  ensure_interpreter();
  const py::gil_scoped_acquire lock;
  std::vector<std::string> entries;
  for (const py::handle& entry : py::module_::import("sys").attr("path")) {
    std::string folder = py::str(entry);
    if (!folder.empty()) entries.push_back(std::move(folder));
  }
  return entries;
}

std::string joined(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += (text.empty() ? "" : ":") + entry;
  return text;
}

std::string sys_attribute(const char* name) {
  ensure_interpreter();
  const py::gil_scoped_acquire lock;
  return py::str(py::module_::import("sys").attr(name));
}

}  // namespace

std::vector<std::filesystem::path> python_places() {
  std::vector<std::filesystem::path> prefixes{sys_attribute("prefix"),
                                              sys_attribute("base_prefix")};
  std::vector<std::filesystem::path> places;
  if (const std::optional<Environment> environment = used_environment()) {
    prefixes.push_back(environment->prefix);
    prefixes.push_back(environment->base_prefix);
    // Of the build's interpreter, which python_process() may name.
    prefixes.push_back(
        std::filesystem::path(TORCHHUB_PYTHON_EXECUTABLE).parent_path().parent_path());
    if (environment->torch && !environment->torch->libraries.empty())
      places.push_back(environment->torch->libraries);
  }
  // What else lies there is no part of Python: /usr and /usr/local are prefixes, too.
  for (const std::filesystem::path& prefix : prefixes)
    for (const char* part : {"bin", "lib", "lib64", "pyvenv.cfg"}) places.push_back(prefix / part);
  for (std::string& entry : search_path()) places.emplace_back(std::move(entry));
  return places;
}

PythonProcess python_process() {
  const std::optional<Environment> environment = used_environment();
  if (!environment) return {TORCHHUB_PYTHON_EXECUTABLE, {}};
  // sys.path names the standard library of the Python that runs here, and the interpreter has to be of the same version:
  // the environment's own where its base is in use, else the build's.
  std::error_code failed;
  const bool is_own =
      std::filesystem::equivalent(sys_attribute("base_prefix"), environment->base_prefix, failed);
  return {is_own ? environment->interpreter : std::filesystem::path(TORCHHUB_PYTHON_EXECUTABLE),
          {{"TORCHHUB_SYS_PATH", joined(search_path())}}};
}

std::vector<std::pair<std::string, std::string>> program_variables() {
  const std::optional<Environment> environment = used_environment();
  if (!environment) return {};
  std::vector<std::pair<std::string, std::string>> variables = {
      {"TORCHHUB_VENV", environment->interpreter}};
  if (!environment->search_path.empty()) {
    const std::vector<std::string> entries(environment->search_path.begin(),
                                           environment->search_path.end());
    variables.emplace_back("PYTHONPATH", joined(entries));
  }
  for (const auto& [name, value] : loader_variables(*environment))
    variables.emplace_back(name, value.string());
  return variables;
}

}  // namespace torchhub::python
