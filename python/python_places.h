#ifndef TORCHHUB_PYTHON_PYTHON_PLACES_H_
#define TORCHHUB_PYTHON_PYTHON_PLACES_H_
// Where the chosen Python and its packages lie: what a sandboxed program of it must be able to read.
//
//   for (const auto& place : python::python_places()) options.readable(place);

#include <torchhub/python/export.h>

#include <filesystem>
#include <vector>

namespace torchhub::python {

/// sys.prefix, sys.base_prefix and the folders of sys.path. Throws: errc::cannot_start.
TORCHHUB_PYTHON_EXPORT std::vector<std::filesystem::path> python_places();

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_PYTHON_PLACES_H_
