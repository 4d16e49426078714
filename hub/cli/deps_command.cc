#include <torchhub/hub/cli/deps_command.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/repository_json.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/hub/fitting_environment.h>
#include <torchhub/hub/list.h>
#include <torchhub/python/dependencies.h>
#include <torchhub/python/distribution_name.h>
#include <torchhub/python/error.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <torchhub_torch_config.h>

#include <iostream>
#include <optional>
#include <string>
#include <string_view>
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
    results() << terminal_json(json::serialize(json::object{{"dependencies", std::move(array)}}))
              << "\n";
    return;
  }
  std::vector<std::vector<TerminalText>> rows = {{"name", "import", "version"}};
  for (const Dependency& needed : dependencies)
    rows.push_back({terminal_line(needed.name), terminal_line(needed.import_name),
                    terminal_line(needed.version.value_or("missing"))});
  print_table(results(), rows, {});
}

std::vector<std::string> missing_of(const std::vector<Dependency>& dependencies) {
  std::vector<std::string> missing;
  for (const Dependency& needed : dependencies)
    if (!needed.version) missing.push_back(needed.name);
  return missing;
}

// The torch of the LibTorch that this program's siblings are linked with: another one's could not be
// loaded beside it.
std::string torch_constraint() {
  const std::string_view version = TORCHHUB_TORCH_VERSION;
  return "torch==" + std::string(version.substr(0, version.find('+')));
}

void confirm(const std::vector<std::string>& missing, const DepsArguments& arguments,
             const python::Environment& environment, const Context& context) {
  std::string names;
  for (const std::string& name : missing) names += ' ' + name;
  const std::string what = "pip install" + names + " into " + environment.prefix.string();
  if (arguments.yes) return;
  if (!context.question())
    throw UsageError("nobody is there to be asked whether to " + what + "; --yes says so");
  if (!context.question()("Shall " + what + " be run (y/N)?"))
    throw std::runtime_error("nothing was installed");
}

}  // namespace

void run_deps(const DepsArguments& arguments, const CommandLine& line) {
  const RepositoryArguments& repository = arguments.repository;
  const Context context = make_context(line);
  if (arguments.install && context.python().environment.empty())
    throw UsageError(
        "--install needs --python and a virtual environment: the system's Python is "
        "left alone");
  const std::optional<python::Environment> chosen =
      fitting_environment(context.python(), Fit::python);
  const python::Environment environment = chosen ? *chosen : python::find_environment({});
  const std::vector<std::string> names =
      with_interruptible_fetch(fetch_options(repository), [&](const FetchOptions& fetch) {
        const ListOptions options = ListOptions().fetch(fetch).trust_repo(trust_option(repository));
        return list_repository(repository.repo, options, context).listing.dependencies;
      });
  std::vector<Dependency> dependencies = python::find_dependencies(names, environment);
  const std::vector<std::string> missing = missing_of(dependencies);
  if (arguments.install && !missing.empty()) {
    for (const std::string& name : missing) {
      if (!python::is_distribution_name(name))
        throw python::Error(
            python::errc::bad_distribution_name,
            repository.repo + " says that it needs \"" + name +
                "\", which is not the name of a Python package; nothing was installed");
    }
    confirm(missing, arguments, environment, context);
    python::install(missing, environment.interpreter, {torch_constraint()},
                    [](std::string_view text) { notes() << terminal_text(text) << "\n"; });
    dependencies = python::find_dependencies(names, environment);
  }
  print(dependencies, line);
}

}  // namespace torchhub::cli
