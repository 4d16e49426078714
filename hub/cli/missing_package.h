#ifndef TORCHHUB_HUB_CLI_MISSING_PACKAGE_H_
#define TORCHHUB_HUB_CLI_MISSING_PACKAGE_H_
// For a package that a repository lacks: the command that brings it into the environment in use.
//
//   return with_advice(arguments.repository, context, [&] { return load(...); });

#include <torchhub/hub/cli/command_line.h>
#include <torchhub/hub/context.h>
#include <torchhub/python/error.h>

#include <string>

namespace torchhub::cli {

/// "torchhub deps acme/x --install --python /v installs it", or what makes an environment where none that packages can be
/// put into is in use.
std::string advice_for(const RepositoryArguments& repository, const Context& context);

/// Whether Python raised it for a module that is missing: ModuleNotFoundError.
bool is_missing_module(const python::PythonException& raised);

/// `raised`, with more to its message.
python::PythonException with_more(const python::PythonException& raised, const std::string& more);

/// Returns what `body` does. What it throws for a missing package, declared or not, comes with advice, and is else
/// what it was.
template <class Body>
auto with_advice(const RepositoryArguments& repository, const Context& context, Body body) {
  try {
    return body();
  } catch (const python::PythonException& raised) {
    if (!is_missing_module(raised)) throw;
    throw with_more(raised, advice_for(repository, context));
  } catch (const python::Error& error) {
    if (error.code() != python::errc::missing_dependencies) throw;
    throw python::Error(error.code(),
                        error.what() + std::string("; ") + advice_for(repository, context));
  }
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_MISSING_PACKAGE_H_
