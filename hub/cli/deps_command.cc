#include <torchhub/hub/cli/deps_command.h>
#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/needs.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/text_table.h>
#include <torchhub/hub/fitting_environment.h>
#include <torchhub/hub/list.h>
#include <torchhub/python/dependencies.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::cli {
namespace {

namespace json = boost::json;

json::object to_json(const Need& need, bool with_imports) {
  const python::Dependency& dependency = need.dependency;
  json::object object{
      {"name", dependency.name},
      {"import", dependency.import_name},
      {"version", dependency.version ? json::value(*dependency.version) : json::value(nullptr)}};
  if (!with_imports) return object;
  object["declared"] = need.is_declared;
  object["optional"] = need.is_optional();
  object["file"] = need.import ? json::value(need.import->file) : json::value(nullptr);
  object["line"] = need.import ? json::value(need.import->line) : json::value(nullptr);
  return object;
}

void print(const std::vector<Need>& needs, bool with_imports, const CommandLine& line) {
  if (line.json) {
    json::array array;
    for (const Need& need : needs) array.push_back(to_json(need, with_imports));
    results() << terminal_json(json::serialize(json::object{{"dependencies", std::move(array)}}))
              << "\n";
    return;
  }
  std::vector<std::vector<TerminalText>> rows = {{"name", "import", "version"}};
  if (with_imports) rows[0].insert(rows[0].end(), {"needed", "imported by"});
  for (const Need& need : needs) {
    const python::Dependency& dependency = need.dependency;
    rows.push_back({terminal_line(dependency.name), terminal_line(dependency.import_name),
                    terminal_line(dependency.version.value_or("missing"))});
    if (!with_imports) continue;
    rows.back().push_back(terminal_line(need.is_declared     ? "declared"
                                        : need.is_optional() ? "perhaps"
                                                             : "undeclared"));
    rows.back().push_back(terminal_line(
        need.import ? need.import->file + ":" + std::to_string(need.import->line) : ""));
  }
  print_table(results(), rows, {});
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

void run(const DepsArguments& arguments, const CommandLine& line) {
  const RepositoryArguments& repository = arguments.repository;
  const Context context = make_context(line);
  if (arguments.install && context.python().environment.empty())
    throw UsageError(
        "--install needs --python and a virtual environment: the system's Python is "
        "left alone");
  const std::optional<python::Environment> chosen =
      fitting_environment(context.python(), Fit::python);
  const python::Environment environment = chosen ? *chosen : python::find_environment({});
  const RepositoryListing listing =
      with_interruptible_fetch(fetch_options(repository), [&](const FetchOptions& fetch) {
        const ListOptions options = ListOptions().fetch(fetch).trust_repo(repository.trust_repo);
        return list_repository(repository.repo, options, context);
      });
  const bool with_imports = arguments.imports || arguments.install;
  std::vector<Need> needs = needs_of(listing, environment, with_imports);
  if (arguments.install) {
    const std::vector<std::string> missing = missing_of(needs, repository.repo);
    if (!missing.empty()) {
      confirm(missing, arguments, environment, context);
      python::install(missing, environment.interpreter, {torch_constraint()},
                      [](std::string_view text) { notes() << terminal_text(text) << "\n"; });
      needs = needs_of(listing, environment, with_imports);
    }
  }
  print(needs, with_imports, line);
}

}  // namespace torchhub::cli
