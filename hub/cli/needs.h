#ifndef TORCHHUB_HUB_CLI_NEEDS_H_
#define TORCHHUB_HUB_CLI_NEEDS_H_
// What a repository needs, declared or found among its imports, and what of it an environment has; for deps and venv.

#include <torchhub/hub/list.h>
#include <torchhub/python/dependencies.h>
#include <torchhub/python/environment.h>
#include <torchhub/python/imports.h>

#include <optional>
#include <string>
#include <vector>

namespace torchhub::cli {

struct Need {
  python::Dependency dependency;
  bool is_declared = false;
  std::optional<python::Import> import;  ///< where it is imported, if that was looked for and found

  /// Whether the repository may do without it.
  bool is_optional() const { return !is_declared && import && !import->is_certain; }
};

/// What `listing` declares, in its order, and with `with_imports` what is imported besides.
/// Throws: as python::find_dependencies() and find_imports().
std::vector<Need> needs_of(const RepositoryListing& listing, const python::Environment& environment,
                           bool with_imports);

/// The distributions of `needs` that the environment lacks, each once, without the optional ones.
/// Throws: python::errc::bad_distribution_name, where `repo` names one that is none.
std::vector<std::string> missing_of(const std::vector<Need>& needs, const std::string& repo);

/// "torch==2.13.0": the torch of the LibTorch that the programs are linked with, for pip to hold.
std::string torch_constraint();

}  // namespace torchhub::cli

#endif  // TORCHHUB_HUB_CLI_NEEDS_H_
