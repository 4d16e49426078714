#ifndef TORCHHUB_PYTHON_DETAIL_PYTHON_PLACES_H_
#define TORCHHUB_PYTHON_DETAIL_PYTHON_PLACES_H_
// Where the chosen Python and its packages lie.

#include <filesystem>
#include <vector>

namespace torchhub::python::detail {

/// sys.prefix, sys.base_prefix and the folders of sys.path. Throws: errc::cannot_start.
std::vector<std::filesystem::path> python_places();

}  // namespace torchhub::python::detail

#endif  // TORCHHUB_PYTHON_DETAIL_PYTHON_PLACES_H_
