#include <torchhub/python/dependencies.h>
#include <torchhub/python/detail/pip.h>
#include <torchhub/python/detail/run_program.h>
#include <torchhub/python/distribution_name.h>
#include <torchhub/python/error.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;

// sys.path as it is with the environment in use: of the first two arguments, what comes before what the interpreter has
// by itself and what comes after. Runs before anything is imported that the current folder could have, too.
constexpr const char* kPrelude = R"(import sys
before, after = sys.argv[1:3]
del sys.argv[1:3]
sys.path[:] = dict.fromkeys(filter(None, [*before.split(":"), *sys.path, *after.split(":")]))
)";

constexpr char kScript[] =
#include "python/dependencies.py.inc"
    ;

// The environment to install into: the system's own Python is left alone.
Environment installable(const fs::path& named) {
  Environment environment = find_environment(named);
  if (!environment.is_virtual && !fs::exists(environment.prefix / "conda-meta"))
    throw Error(
        errc::not_a_virtual_environment,
        environment.prefix.string() + " is no virtual environment (torchhub venv makes one)");
  return environment;
}

std::string joined(const std::vector<fs::path>& paths) {
  std::string text;
  for (const fs::path& path : paths) text += (text.empty() ? "" : ":") + path.string();
  return text;
}

// Where pip finds the constraints, also by hand later.
fs::path write_constraints(const std::vector<std::string>& constraints, const fs::path& venv) {
  fs::path path = venv / "torchhub-constraints.txt";
  std::ofstream file(path);
  for (const std::string& constraint : constraints) file << constraint << '\n';
  if (!file.flush())
    throw Error(errc::installation_failed, path.string() + ": this file cannot be written");
  return path;
}

}  // namespace

std::vector<Dependency> find_dependencies(const std::vector<std::string>& names,
                                          const Environment& environment) {
  std::vector<fs::path> after = environment.site_folders;
  after.push_back(completion_of(environment));
  // -I leaves the user's own folder of packages out, which counts in some environments.
  std::vector<std::string> command{
      environment.interpreter,         environment.has_user_site ? "-E" : "-I", "-c",
      std::string(kPrelude) + kScript, joined(environment.search_path),         joined(after)};
  std::copy_if(names.begin(), names.end(), std::back_inserter(command), is_distribution_name);
  std::string output;
  const int status = detail::run_program(command, {}, false,
                                         [&](std::string_view piece) { output.append(piece); });
  if (status != 0)
    throw Error(errc::cannot_start, command[0] + " failed with status " + std::to_string(status));
  std::vector<Dependency> found;
  std::istringstream lines(output);
  for (const std::string& asked : names) {
    Dependency needed{asked, asked, std::nullopt};
    std::string version;
    if (is_distribution_name(asked) && lines >> needed.name >> needed.import_name >> version &&
        version != "-")
      needed.version = version;
    found.push_back(std::move(needed));
  }
  return found;
}

void install(const std::vector<std::string>& distributions, const fs::path& named,
             const std::vector<std::string>& constraints,
             const std::function<void(std::string_view)>& on_line) {
  for (const std::string& name : distributions) {
    if (!is_distribution_name(name))
      throw Error(errc::bad_distribution_name,
                  "\"" + name + "\" is not the name of a Python package; nothing was installed");
  }
  if (named.empty())
    throw Error(errc::not_a_virtual_environment,
                "packages are installed into a virtual environment only, and none is named");
  const Environment environment = installable(named);
  std::vector<std::string> words;
  if (!constraints.empty())
    words = {"--constraint", write_constraints(constraints, environment.prefix)};
  words.emplace_back("--");
  words.insert(words.end(), distributions.begin(), distributions.end());
  detail::pip_install(environment, words, on_line);
}

}  // namespace torchhub::python
