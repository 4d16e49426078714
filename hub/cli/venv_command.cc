#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/interruptible_fetch.h>
#include <torchhub/hub/cli/json_text.h>
#include <torchhub/hub/cli/needs.h>
#include <torchhub/hub/cli/printer.h>
#include <torchhub/hub/cli/program.h>
#include <torchhub/hub/cli/terminal_text.h>
#include <torchhub/hub/cli/venv_command.h>
#include <torchhub/hub/fitting_environment.h>
#include <torchhub/hub/list.h>
#include <torchhub/python/make_environment.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::vector<RepositoryListing> listings_of(const VenvArguments& arguments, const Context& context) {
  std::vector<RepositoryListing> listings;
  for (const std::string& repo : arguments.repos) {
    RepositoryArguments repository;
    repository.repo = repo;
    repository.source = arguments.source;
    listings.push_back(
        with_interruptible_fetch(fetch_options(repository), [&](const FetchOptions& fetch) {
          return list_repository(repo, ListOptions().fetch(fetch), context);
        }));
  }
  return listings;
}

void add_new(std::vector<std::string>& words, const std::string& word) {
  if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
}

struct Missing {
  std::vector<std::string> distributions;
  std::vector<std::string> modules;  // that they are to bring
};

// What the repositories need and the environment lacks.
Missing missing_in(const python::Environment& environment,
                   const std::vector<RepositoryListing>& listings, const VenvArguments& arguments) {
  Missing missing;
  for (std::size_t i = 0; i < listings.size(); ++i) {
    const std::vector<Need> needs = needs_of(listings[i], environment, true);
    for (const std::string& name : missing_of(needs, arguments.repos[i]))
      add_new(missing.distributions, name);
    for (const Need& need : needs)
      if (!need.dependency.version && !need.is_optional())
        add_new(missing.modules, need.dependency.import_name);
  }
  return missing;
}

void print(const python::Environment& environment, const CommandLine& line) {
  const fs::path requirements = environment.prefix / "torchhub-requirements.txt";
  const std::string torch = environment.torch ? environment.torch->version : "";
  if (line.json) {
    const json::object document{{"dir", json_text(environment.prefix.string())},
                                {"python", environment.version},
                                {"torch", torch},
                                {"requirements", json_text(requirements.string())}};
    results() << terminal_json(json::serialize(document)) << "\n";
    return;
  }
  results() << "dir           " << terminal_line(environment.prefix.string()) << "\n"
            << "python        " << terminal_line(environment.version) << "\n"
            << "torch         " << terminal_line(torch) << "\n"
            << "requirements  " << terminal_line(requirements.string()) << "\n";
}

}  // namespace

void run(const VenvArguments& arguments, const CommandLine& line) {
  if (!arguments.requirements.empty() && !arguments.repos.empty())
    throw UsageError("--requirements names all that is installed, so that no REPO can be added");
  const Context context = make_context(line);
  const std::vector<RepositoryListing> listings = listings_of(arguments, context);
  const auto tell = [&](std::string_view text) {
    if (!line.quiet) notes() << terminal_text(text) << "\n";
  };
  python::Environment environment = python::make_environment(arguments.folder, tell);
  if (!arguments.requirements.empty()) {
    install_recorded(environment, arguments.requirements, tell);
  } else {
    const std::string release = python::built_torch_release();
    const std::vector<std::string> held = {release.empty() ? torch_constraint()
                                                           : "torch==" + release};
    // First torch: the packages of the build's, which complete an environment that has none, are not in this one. torch
    // warns at each start where there is no numpy.
    if (!environment.torch) {
      python::install({"torch", "numpy"}, environment.interpreter, held, tell);
      environment = python::find_environment(arguments.folder);
    }
    const Missing missing = missing_in(environment, listings, arguments);
    if (!missing.distributions.empty())
      python::install(missing.distributions, environment.interpreter, held, tell);
    for (const auto& [module, why] : python::import_failures(environment, missing.modules))
      tell(module + " is there now, and cannot be imported: " + why);
  }
  // What an index has under the release's name may be of another kind all the same.
  PythonChoice made;
  made.environment = arguments.folder;
  print(fitting_environment(made).value(), line);
}

}  // namespace torchhub::cli
