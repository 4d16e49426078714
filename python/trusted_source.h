#ifndef TORCHHUB_PYTHON_TRUSTED_SOURCE_H_
#define TORCHHUB_PYTHON_TRUSTED_SOURCE_H_
// The permission to run code in this process. Whatever runs some takes one, and whoever audits a program
// searches it for the two functions that make them:
//
//   python::Hubconf conf(python::TrustedSource::trust_folder("/opt/models/mine"));
//   python::Object math = python::import_module(python::TrustedSource::trust_code(), "math");
//
// torchhub's own only caller is hub/trust.cc, after the user's decision; tests/floors_test holds it. A
// program that embeds this room alone decides for itself, as for its own code.
//
// Thread safety: a value.

#include <filesystem>
#include <utility>

namespace torchhub::python {

class TrustedSource {
 public:
  /// Of the code in `folder`, which holds a hubconf.py: all that it imports runs as well.
  static TrustedSource trust_folder(std::filesystem::path folder) {
    return TrustedSource(std::move(folder));
  }

  /// Of code that is no repository's: an installed module, an expression.
  static TrustedSource trust_code() {
    // No folder holds a hubconf.py of such code, and none can be made below this one.
    return TrustedSource("/dev/null");
  }

  /// The folder that holds hubconf.py; /dev/null for code that is no repository's.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  explicit TrustedSource(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_TRUSTED_SOURCE_H_
