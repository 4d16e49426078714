#ifndef TORCHHUB_TESTS_SUPPORT_TRUSTED_H_
#define TORCHHUB_TESTS_SUPPORT_TRUSTED_H_
// A repository of a test's own making, trusted through the same gate as any other.

#include <torchhub/hub/trust.h>
#include <torchhub/tests/support/temp_folder.h>

#include <map>
#include <string>

namespace torchhub::tests {

class TrustedRepository {
 public:
  /// `files` maps names to texts; "hubconf.py" is one of them.
  explicit TrustedRepository(const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) write_file(folder() / name, text);
  }

  std::filesystem::path folder() const { return paths_.repository(key_); }

  python::TrustedSource source() const {
    Repository repository{key_, folder(), "", ""};
    return TrustGate::admit(Context(paths_), repository, TrustRepo::yes);
  }

 private:
  TempFolder home_;
  cache::TorchPaths paths_{home_.path()};
  cache::RepositoryKey key_{"acme", "tested", "main"};
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_TRUSTED_H_
