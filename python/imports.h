#ifndef TORCHHUB_PYTHON_IMPORTS_H_
#define TORCHHUB_PYTHON_IMPORTS_H_
// What a repository imports from elsewhere, whether or not it says so in `dependencies`. Read, not run.
//
//   for (const python::Import& found : python::find_imports("~/src/MiDaS"))
//     std::cout << found.file << ":" << found.line << " imports " << found.module << "\n";

#include <torchhub/python/export.h>

#include <filesystem>
#include <string>
#include <vector>

namespace torchhub::python {

/// A module that is neither the repository's own nor of the standard library.
struct Import {
  std::string module;  ///< "timm"; of the folder `google`, which many share, "google.protobuf"
  std::string file;    ///< that imports it, from the repository's folder on
  int line = 0;        ///< of the statement, from 1
  /// Whether loading an entry point comes by it. Not so under an `if`, in a `try` that expects it to fail, and in
  /// functions of other files than hubconf.py.
  bool is_certain = true;
};

/// What hubconf.py in `folder` and the repository's files that it leads to import, each module once, the certain
/// ones first.
/// Throws: errc::no_hubconf, errc::bad_hubconf; errc::cannot_start.
/// Thread safety: may be called at any time.
TORCHHUB_PYTHON_EXPORT std::vector<Import> find_imports(const std::filesystem::path& folder);

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_IMPORTS_H_
