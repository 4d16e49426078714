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

/// `raised`, which for a module that is missing comes with advice. None helps where a package is there and lacks a part of
/// itself; what a repository may do without, `deps --install` leaves out, so that then pip is named.
python::PythonException with_advice_for(const python::PythonException& raised,
                                        const RepositoryArguments& repository,
                                        const Context& context);

/// Returns what `body` does. What it throws for a missing package, declared or not, comes with advice, and is else
/// what it was.
template <class Body>
auto with_advice(const RepositoryArguments& repository, const Context& context, Body body) {
  try {
    return body();
  } catch (const python::PythonException& raised) {
    if (raised.type() != "ModuleNotFoundError") throw;
    throw with_advice_for(raised, repository, context);
  } catch (const python::Error& error) {
    if (error.code() != python::errc::missing_dependencies) throw;
    throw python::Error(error.code(),
                        error.what() + std::string("; ") + advice_for(repository, context));
  }
}

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_MISSING_PACKAGE_H_
