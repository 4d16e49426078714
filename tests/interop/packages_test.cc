// Weights that published packages ship, as torch reads them. By hand, for it downloads 200 MB:
//
//   third_party/bazel test //tests/interop:packages_test --test_output=all

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <filesystem>
#include <iostream>

namespace torchhub {
namespace {

TEST(Packages, ShipWeightsThatAreReadAsTorchReadsThem) {
  const tests::TempFolder folder;
  const auto command = std::filesystem::current_path() / "hub/cli/torchhub";
  const tests::Outcome compared =
      tests::run({TORCHHUB_PYTHON_EXECUTABLE, "tests/interop/packages.py", command, folder.path()});
  EXPECT_EQ(compared.status, 0) << compared.err;
  std::cout << compared.out;
}

}  // namespace
}  // namespace torchhub
