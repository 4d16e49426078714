// What we take of a pickle is what every unpickler of Python takes of it.

#include <torchhub/tests/support/subprocess.h>

#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <filesystem>
#include <iostream>

namespace torchhub {
namespace {

TEST(Unpicklers, ReadWhatWeTakeAsWeDo) {
  const auto program = std::filesystem::current_path() / "tests/interop/describe_pickles";
  const tests::Outcome compared =
      tests::run({TORCHHUB_PYTHON_EXECUTABLE, "-I", "tests/interop/unpicklers.py", program, "40000",
                  std::to_string(::testing::UnitTest::GetInstance()->random_seed())});
  EXPECT_EQ(compared.status, 0) << compared.err;
  std::cout << compared.out;
}

}  // namespace
}  // namespace torchhub
