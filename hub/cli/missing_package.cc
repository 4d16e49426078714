#include <torchhub/hub/cli/fetch_options.h>
#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/hub/cli/needs.h>
#include <torchhub/hub/list.h>
#include <torchhub/python/dependencies.h>
#include <torchhub/python/environment.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <vector>

namespace torchhub::cli {
namespace {

// As a shell reads it back.
std::string quoted(const std::string& word) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:@+=,~").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// The environment in use; none where that is one that packages are not put into.
std::optional<python::Environment> installable(const Context& context) {
  const std::filesystem::path& named = context.python().environment;
  if (named.empty()) return std::nullopt;
  try {
    const python::Environment environment = python::find_environment(named);
    const bool is_conda = std::filesystem::exists(environment.prefix / "conda-meta");
    if (environment.is_virtual || is_conda) return environment;
  } catch (const python::Error&) {
  }
  return std::nullopt;
}

std::string words_of(const RepositoryArguments& repository) {
  const std::string words = quoted(repository.repo);
  return repository.source == Source::github ? words : words + " --source local";
}

// "a.b" of "No module named 'a.b'; 'a' is not a package"; "" of a message that says something else.
std::string module_of(const std::string& message) {
  constexpr std::string_view kBegin = "No module named '";
  const std::size_t end = message.find('\'', kBegin.size());
  return message.starts_with(kBegin) && end != message.npos
             ? message.substr(kBegin.size(), end - kBegin.size())
             : "";
}

// What is said of `module`, or of the package that it lies in, which Python has not found.
Need need_for(const std::string& module, const RepositoryArguments& repository,
              const Context& context) {
  const python::Environment environment = python::find_environment(context.python().environment);
  const ListOptions options =
      ListOptions().fetch(fetch_options(repository).force_reload(false).verbose(false));
  const RepositoryListing listing = list_repository(repository.repo, options, context);
  for (Need& need : needs_of(listing, environment, true)) {
    const std::string& name = need.dependency.import_name;
    if (name == module || module.starts_with(name + '.')) return std::move(need);
  }
  // Nothing that is read names it, so that it counts as what may be done without.
  return {python::find_dependencies({module}, environment).at(0), false,
          python::Import{module, "", 0, false}};
}

}  // namespace

std::string advice_for(const RepositoryArguments& repository, const Context& context) {
  const std::string words = words_of(repository);
  const std::optional<python::Environment> environment = installable(context);
  if (!environment)
    return "torchhub venv DIR " + words +
           " makes an environment that has what it needs, for --python DIR";
  return "torchhub deps " + words + " --install --python " + quoted(environment->prefix.string()) +
         " installs what it needs";
}

python::PythonException with_advice_for(const python::PythonException& raised,
                                        const RepositoryArguments& repository,
                                        const Context& context) {
  std::string advice = "; " + advice_for(repository, context);
  if (const std::string module = module_of(raised.message()); !module.empty()) {
    try {
      const Need need = need_for(module, repository, context);
      const std::optional<python::Environment> environment = installable(context);
      const std::string pip =
          " -m pip install " + quoted(need.dependency.name) + ' ' + torch_constraint();
      if (need.dependency.version)
        advice.clear();
      else if (need.is_optional() && environment)
        advice = "; to install it: " + quoted(environment->interpreter.string()) + pip;
      else if (need.is_optional())
        advice = "; to have it: torchhub venv DIR " + words_of(repository) +
                 ", then DIR/bin/python" + pip + ", then --python DIR";
    } catch (const std::exception&) {
      // What cannot be looked up takes nothing from the sentence.
    }
  }
  // what() is "CONTEXT: TYPE: MESSAGE".
  const std::string sentence = raised.what();
  const std::string said = ": " + raised.type() + ": " + raised.message();
  const std::string context_of =
      sentence.ends_with(said) ? sentence.substr(0, sentence.size() - said.size()) : sentence;
  return {context_of, raised.type(), raised.message() + advice, raised.traceback()};
}

}  // namespace torchhub::cli
