#include <torchhub/hub/cli/missing_package.h>
#include <torchhub/python/environment.h>

#include <algorithm>
#include <string_view>

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

// The environment's folder, "" for one that packages are not put into.
std::string installable(const Context& context) {
  const std::filesystem::path& named = context.python().environment;
  if (named.empty()) return "";
  try {
    const python::Environment environment = python::find_environment(named);
    const bool is_conda = std::filesystem::exists(environment.prefix / "conda-meta");
    return environment.is_virtual || is_conda ? environment.prefix.string() : "";
  } catch (const python::Error&) {
    return "";
  }
}

}  // namespace

std::string advice_for(const RepositoryArguments& repository, const Context& context) {
  std::string words = quoted(repository.repo);
  if (repository.source == Source::local) words += " --source local";
  const std::string folder = installable(context);
  if (folder.empty())
    return "torchhub venv DIR " + words +
           " makes an environment that has what it needs, for --python DIR";
  return "torchhub deps " + words + " --install --python " + quoted(folder) +
         " installs what it needs";
}

bool is_missing_module(const python::PythonException& raised) {
  return raised.type() == "ModuleNotFoundError";
}

python::PythonException with_more(const python::PythonException& raised, const std::string& more) {
  // what() is "CONTEXT: TYPE: MESSAGE".
  const std::string sentence = raised.what();
  const std::string said = ": " + raised.type() + ": " + raised.message();
  const std::string context =
      sentence.ends_with(said) ? sentence.substr(0, sentence.size() - said.size()) : sentence;
  return {context, raised.type(), raised.message() + "; " + more, raised.traceback()};
}

}  // namespace torchhub::cli
