#ifndef TORCHHUB_TESTS_SUPPORT_TRUSTED_H_
#define TORCHHUB_TESTS_SUPPORT_TRUSTED_H_
// A repository of a test's own making, which the test trusts.

#include <torchhub/python/trusted_source.h>
#include <torchhub/tests/support/temp_folder.h>

#include <filesystem>
#include <map>
#include <string>

namespace torchhub::tests {

class TrustedRepository {
 public:
  /// `files` maps names to texts; "hubconf.py" is one of them.
  explicit TrustedRepository(const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) write_file(folder() / name, text);
  }

  std::filesystem::path folder() const { return home_ / "acme_tested_main"; }

  python::TrustedSource source() const { return python::TrustedSource::trust_folder(folder()); }

 private:
  TempFolder home_;
};

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_TRUSTED_H_
