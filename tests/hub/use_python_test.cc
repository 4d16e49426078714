// In a program that has loaded a LibTorch, and then starts Python: the steps of one test.

#include <torchhub/hub/context.h>
#include <torchhub/hub/torch_arguments.h>
#include <torchhub/hub/torch_evaluate.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/environment.h>
#include <torchhub/python/error.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>
#include <torchhub_torch_config.h>

#include <cstdlib>
#include <string>

namespace torchhub {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

const std::string kVersion = TORCHHUB_PYTHON_VERSION;
const std::string kMinor = kVersion.substr(0, kVersion.rfind('.'));

class UsePythonTest : public testing::Test {
 protected:
  fs::path add_venv(const std::string& name, const std::string& version = kVersion) {
    fs::create_directories(home_ / name / "bin");
    fs::create_symlink(fs::canonical(TORCHHUB_PYTHON_EXECUTABLE), home_ / name / "bin/python");
    tests::write_file(home_ / name / "pyvenv.cfg",
                      "home = " TORCHHUB_PYTHON_BASE_PREFIX "/bin\nversion = " + version + "\n");
    return home_ / name;
  }

  tests::TempFolder home_;
};

// Each in a process of its own, whose first use of Python it is.
class UsePythonDeathTest : public UsePythonTest {
 protected:
  template <class Use>
  void expect_venv_after(const char* what, Use use) {
    const fs::path venv = add_venv(what);
    const auto use_and_end = [&] {
      setenv("TORCHHUB_VENV", venv.c_str(), 1);
      use();
      const auto used = python::used_environment();
      std::_Exit(python::interpreter_runs() && used && used->prefix == venv ? 0 : 1);
    };
    EXPECT_EXIT(use_and_end(), testing::ExitedWithCode(0), "") << what;
  }
};

TEST_F(UsePythonDeathTest, IsDoneByWhateverComesFirst) {
  expect_venv_after("tensor", [] { tensor_argument(at::ones(1)); });
  expect_venv_after("import", [] { import_module("json", TrustRepo::yes); });
  expect_venv_after("expression", [] { evaluate("1 + 1", {}, TrustRepo::yes); });
  // What the program names comes before what variables do.
  const fs::path named = add_venv("named");
  expect_venv_after("variable", [&] {
    import_module("json", TrustRepo::yes, Context::from_environment().python(named));
    std::_Exit(python::used_environment()->prefix == named ? 0 : 1);
  });
}

TEST_F(UsePythonTest, ChecksAndStartsWhatWasChosen) {
  PythonChoice nothing;
  use_python(nothing);
  EXPECT_FALSE(python::used_environment());

  PythonChoice old{add_venv("old", "3.5.1"), "VIRTUAL_ENV", {}};
  const tests::Failure misfit = tests::failure_of([&] { use_python(old); });
  EXPECT_EQ(misfit.code, python::errc::does_not_fit);
  EXPECT_THAT(misfit.sentence, AllOf(HasSubstr("VIRTUAL_ENV is set: "), HasSubstr("Python 3.5")));
  const PythonChoice nowhere{home_ / "nowhere", "TORCHHUB_VENV", {}};
  const tests::Failure missing = tests::failure_of([&] { use_python(nowhere); });
  EXPECT_EQ(missing.code, python::errc::no_environment);
  EXPECT_THAT(missing.sentence, HasSubstr("TORCHHUB_VENV is set: "));

  // Of the right version, but its LibTorch is not the one of this process.
  const std::string version(python::without_variant(TORCHHUB_TORCH_VERSION));
  const fs::path torch = add_venv("variant") / "lib" / ("python" + kMinor) / "site-packages/torch";
  tests::write_file(torch / "__init__.py", "");
  tests::write_file(torch / "version.py", "__version__ = '" + version + "+cu999'\n");
  fs::create_directories(torch / "lib");
  fs::copy_file(fs::canonical(TORCHHUB_TORCH_LIBRARIES "/libc10.so"), torch / "lib/libc10.so");
  ASSERT_TRUE(python::loaded_torch());
  if (!python::loaded_torch()->version.empty()) {
    const tests::Failure other = tests::failure_of([&] {
      use_python(PythonChoice{home_ / "variant", "", {}});
    });
    EXPECT_EQ(other.code, python::errc::does_not_fit);
    EXPECT_THAT(other.sentence, AllOf(HasSubstr("+cu999"), HasSubstr(TORCHHUB_TORCH_VERSION),
                                      HasSubstr("LD_LIBRARY_PATH=" + (torch / "lib").string())));
  }
  EXPECT_FALSE(python::interpreter_runs());

  // One that fits, by a context.
  use_python(Context::from_environment().python(add_venv("fits")).python());
  EXPECT_EQ(python::used_environment()->prefix, home_ / "fits");
  python::ensure_interpreter();
  // From then on what variables name is passed over, what the program names is not.
  use_python(old);
  old.variable.clear();
  EXPECT_EQ(tests::failure_of([&] { use_python(old); }).code, python::errc::does_not_fit);
  EXPECT_EQ(tests::failure_of([&] {
              use_python(PythonChoice{add_venv("late"), "", {}});
            }).code,
            python::errc::cannot_start);
}

}  // namespace
}  // namespace torchhub
