// Each situation of PyTorch's own tests of pickles is read as torch reads it, or has its reason in the
// table.

#include <torchhub/tests/support/subprocess.h>

#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <filesystem>
#include <iostream>

namespace torchhub {
namespace {

TEST(PickleTable, IsReadAsTorchReadsItOrRefused) {
  const tests::Outcome version = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "-c", "import torch; print(torch.__version__ >= '2')"});
  if (version.out != "True\n") GTEST_SKIP() << "torch before 2.0 lacks half of the table";
  const auto here = std::filesystem::current_path();
  const std::string program = here / "tests/interop/describe_checkpoints";
  const tests::Outcome compared =
      tests::run({TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/pickle_table.py", program});
  EXPECT_EQ(compared.status, 0) << compared.out << compared.err;
  std::cout << compared.out;
}

}  // namespace
}  // namespace torchhub
