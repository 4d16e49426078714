#ifndef TORCHHUB_TESTS_SUPPORT_WHEEL_H_
#define TORCHHUB_TESTS_SUPPORT_WHEEL_H_
// A Python package for pip, which finds it by PIP_FIND_LINKS.
//
//   tests::write_wheel(folder, "mine", "1.5", "Requires-Dist: torch\n");

#include <torchhub/tests/support/temp_folder.h>
#include <torchhub/tests/support/zip_builder.h>

#include <filesystem>
#include <string>
#include <vector>

namespace torchhub::tests {

/// `metadata` is what its METADATA says besides; `files` what it brings, else NAME.py.
inline void write_wheel(const std::filesystem::path& folder, const std::string& name,
                        const std::string& version, const std::string& metadata = "",
                        std::vector<ZipMember> files = {}) {
  const std::string stem = name + '-' + version;
  if (files.empty()) files.push_back({.name = name + ".py"});
  files.push_back({.name = stem + ".dist-info/METADATA",
                   .content = "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version +
                              '\n' + metadata});
  files.push_back({.name = stem + ".dist-info/WHEEL",
                   .content = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                              "Tag: py3-none-any\n"});
  files.push_back({.name = stem + ".dist-info/RECORD"});
  write_file(folder / (stem + "-py3-none-any.whl"), build_zip(files));
}

}  // namespace torchhub::tests

#endif  // TORCHHUB_TESTS_SUPPORT_WHEEL_H_
