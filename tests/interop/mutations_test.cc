// Of a hundred thousand mutations of checkpoints, what we accept is what torch reads.

#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <filesystem>
#include <iostream>

namespace torchhub {
namespace {

TEST(Mutations, AreReadAsTorchReadsThemOrRefused) {
  const tests::Outcome version = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "-c", "import torch; print(torch.__version__ >= '2')"});
  if (version.out != "True\n")
    GTEST_SKIP() << "the weights_only reader of torch before 2.0 lacks what every optimizer has";
  const tests::TempFolder folder;
  const tests::Outcome written = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/write_checkpoints.py", folder.path()});
  ASSERT_EQ(written.status, 0) << written.err;
  const auto here = std::filesystem::current_path();
  const std::string program = here / "tests/interop/describe_checkpoints";
  const tests::Outcome compared = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/mutations.py", program, folder.path(),
       "100000", std::to_string(::testing::UnitTest::GetInstance()->random_seed())});
  EXPECT_EQ(compared.status, 0) << compared.err;
  std::cout << compared.out;
}

}  // namespace
}  // namespace torchhub
