#ifndef TORCHHUB_PYTHON_TRUSTED_SOURCE_H_
#define TORCHHUB_PYTHON_TRUSTED_SOURCE_H_
// The permission to run a folder's code. Whoever audits the program searches for TrustedSource:
// only hub's trust gate makes one, after the user's decision.

#include <filesystem>
#include <utility>

namespace torchhub {
class TrustGate;
}

namespace torchhub::python {

class TrustedSource {
 public:
  /// The folder that holds hubconf.py; /dev/null for code that is no repository's.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  friend class torchhub::TrustGate;

  explicit TrustedSource(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_TRUSTED_SOURCE_H_
