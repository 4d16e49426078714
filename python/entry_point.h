#ifndef TORCHHUB_PYTHON_ENTRY_POINT_H_
#define TORCHHUB_PYTHON_ENTRY_POINT_H_
// What a hubconf.py offers, as values.

#include <string>
#include <vector>

namespace torchhub::python {

struct EntryPoint {
  std::string name;
  std::string signature;  ///< "(pretrained: bool = False, **kwargs)", or "" where it is not known
  std::string docstring;  ///< as it stands in the file, indentation and all; "" for none
};

/// A hubconf.py's public face.
struct Listing {
  std::vector<EntryPoint> entry_points;   ///< sorted by name, as torch.hub.list has them
  std::vector<std::string> dependencies;  ///< names of modules that must be there to import
  /// True where running the file shows the same names, if it runs; false where reading cannot tell.
  bool complete = true;
  std::vector<std::string> missing_dependencies;  ///< those of them that are not installed
  /// Why else importing the file fails for certain, each a clause: "line 3 of hubconf.py raises ...".
  std::vector<std::string> import_problems;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_ENTRY_POINT_H_
