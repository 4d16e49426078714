#ifndef TORCHHUB_PYTHON_DETAIL_READ_HUBCONF_H_
#define TORCHHUB_PYTHON_DETAIL_READ_HUBCONF_H_
// A hubconf.py's syntax tree, boiled down by read_hubconf.py.

#include <torchhub/python/entry_point.h>

#include <filesystem>
#include <string>
#include <vector>

namespace torchhub::python::detail {

/// A Listing whose entry points are not yet divided into public and hidden ones.
struct HubconfText {
  std::vector<EntryPoint> callables;  ///< sorted by name
  std::vector<std::string> dependencies;
  std::vector<std::string> missing_dependencies;
  bool complete = true;
  std::vector<std::string> import_problems;
  std::vector<std::string> search_folders;  ///< the repository's own, that it puts on sys.path
};

/// Reads `folder`/hubconf.py without running it. Throws: errc::no_hubconf, errc::bad_hubconf.
HubconfText read_hubconf(const std::filesystem::path& folder);

/// Throws what read_hubconf() throws, and reads nothing else of the file.
void require_syntax(const std::filesystem::path& folder);

/// As read_hubconf(); throws also: errc::missing_dependencies, naming all that are not installed.
void require_dependencies(const std::filesystem::path& folder);

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_READ_HUBCONF_H_
