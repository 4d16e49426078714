#include <torchhub/hub/cli/deps_command.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/hub/list.h>
#include <torchhub/python/dependencies.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;
using python::Dependency;

void print(const std::vector<Dependency>& dependencies, const CommandLine& line) {
  if (line.json) {
    json::array array;
    for (const Dependency& needed : dependencies) {
      array.push_back(json::object{
          {"name", needed.name},
          {"import", needed.import_name},
          {"version", needed.version ? json::value(*needed.version) : json::value(nullptr)}});
    }
    std::cout << json::serialize(json::object{{"dependencies", std::move(array)}}) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"name", "import", "version"}};
  for (const Dependency& needed : dependencies)
    rows.push_back({terminal_text(needed.name), terminal_text(needed.import_name),
                    needed.version.value_or("missing")});
  print_table(std::cout, rows, {});
}

std::vector<std::string> missing_of(const std::vector<Dependency>& dependencies) {
  std::vector<std::string> missing;
  for (const Dependency& needed : dependencies)
    if (!needed.version) missing.push_back(needed.name);
  return missing;
}

void confirm(const std::vector<std::string>& missing, const DepsArguments& arguments,
             const Context& context) {
  std::string names;
  for (const std::string& name : missing) names += ' ' + name;
  const std::string what = "pip install" + names + " into " + arguments.python;
  if (arguments.yes) return;
  if (!context.question())
    throw UsageError("nobody is there to be asked whether to " + what + "; --yes says so");
  if (!context.question()("Shall " + what + " be run (y/N)?"))
    throw std::runtime_error("nothing was installed");
}

}  // namespace

void run_deps(const DepsArguments& arguments, const CommandLine& line) {
  if (arguments.install && arguments.python.empty())
    throw UsageError(
        "--install needs --python and a virtual environment: the system's Python is "
        "left alone");
  const RepositoryArguments& repository = arguments.repository;
  const ListOptions options =
      ListOptions().fetch(fetch_options(repository)).trust_repo(trust_option(repository));
  const Context context = make_context(line);
  const std::vector<std::string> names =
      list_repository(repository.repo, options, context).listing.dependencies;
  std::vector<Dependency> dependencies = python::find_dependencies(names, arguments.python);
  const std::vector<std::string> missing = missing_of(dependencies);
  if (arguments.install && !missing.empty()) {
    confirm(missing, arguments, context);
    python::install(missing, arguments.python);
    dependencies = python::find_dependencies(names, arguments.python);
  }
  print(dependencies, line);
}

}  // namespace torchhub::cli
