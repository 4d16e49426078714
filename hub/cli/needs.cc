#include <torchhub/hub/cli/needs.h>
#include <torchhub/python/distribution_name.h>
#include <torchhub/python/error.h>

#include <torchhub_torch_config.h>

#include <algorithm>

namespace torchhub::cli {
namespace {

// Whether a declared dependency means the imported module: its name, or that of its distribution.
bool brings(const python::Dependency& declared, const std::string& asked,
            const std::string& module) {
  return module == declared.import_name || module == asked ||
         declared.import_name.starts_with(module + '.') ||
         module.starts_with(declared.import_name + '.');
}

}  // namespace

std::vector<Need> needs_of(const RepositoryListing& listing, const python::Environment& environment,
                           bool with_imports) {
  const std::vector<std::string>& declared = listing.listing.dependencies;
  std::vector<Need> needs;
  for (python::Dependency& dependency : python::find_dependencies(declared, environment))
    needs.push_back({std::move(dependency), true, std::nullopt});
  if (!with_imports) return needs;
  std::vector<python::Import> undeclared;
  std::vector<std::string> modules;
  for (python::Import& import : python::find_imports(listing.repository.folder)) {
    bool is_declared = false;
    for (std::size_t i = 0; i < declared.size(); ++i) {
      if (!brings(needs[i].dependency, declared[i], import.module)) continue;
      is_declared = true;
      if (!needs[i].import) needs[i].import = import;
    }
    if (is_declared) continue;
    modules.push_back(import.module);
    undeclared.push_back(std::move(import));
  }
  std::size_t at = 0;
  for (python::Dependency& dependency : python::find_dependencies(modules, environment))
    needs.push_back({std::move(dependency), false, std::move(undeclared[at++])});
  return needs;
}

std::vector<std::string> missing_of(const std::vector<Need>& needs, const std::string& repo) {
  std::vector<std::string> missing;
  for (const Need& need : needs) {
    const std::string& name = need.dependency.name;
    if (need.dependency.version || need.is_optional() ||
        std::find(missing.begin(), missing.end(), name) != missing.end())
      continue;
    if (!python::is_distribution_name(name))
      throw python::Error(
          python::errc::bad_distribution_name,
          repo + " says that it needs \"" + name +
              "\", which is not the name of a Python package; nothing was installed");
    missing.push_back(name);
  }
  return missing;
}

std::string torch_constraint() {
  return "torch==" + std::string(python::without_variant(TORCHHUB_TORCH_VERSION));
}

}  // namespace torchhub::cli
