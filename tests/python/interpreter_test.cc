// One process has one Python: the steps of one test.

#include <torchhub/python/environment.h>
#include <torchhub/python/error.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/python_places.h>
#include <torchhub/python/script.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <string>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

// str() of a Python expression.
std::string text_of(const std::string& expression) {
  static int number = 0;
  const std::string name = "asked" + std::to_string(++number);
  const std::string source = "import sys\ndef ask():\n    return " + expression + "\n";
  return to_text(call(script_function(name.c_str(), source.c_str(), "ask"), Arguments()));
}

TEST(Interpreter, StartsWithTheEnvironmentThatWasChosen) {
  const tests::TempFolder home;
  const std::string version = TORCHHUB_PYTHON_VERSION;
  const std::string minor = version.substr(0, version.rfind('.'));
  // As a virtual environment of the build's own base; its interpreter is not started.
  fs::create_directories(home / "venv/bin");
  fs::create_symlink(fs::canonical(TORCHHUB_PYTHON_EXECUTABLE), home / "venv/bin/python");
  tests::write_file(home / "venv/pyvenv.cfg",
                    "home = " + (fs::path(TORCHHUB_PYTHON_BASE_PREFIX) / "bin").string() +
                        "\nversion = " + version + "\n");
  const fs::path site = home / "venv/lib" / ("python" + minor) / "site-packages";
  tests::write_file(site / "of_both.py", "WHO = 'the environment'\n");
  tests::write_file(site / "of_site.py", "WHO = 'the environment'\n");
  tests::write_file(site / "more.pth", (home / "more").string() + "\n");
  tests::write_file(home / "more/of_pth.py", "WHO = 'the .pth file'\n");
  tests::write_file(home / "first/of_both.py", "WHO = 'PYTHONPATH'\n");

  // What does not fit is not used.
  Environment other = find_environment(home / "venv");
  other.version = "3.2";
  EXPECT_EQ(tests::failure_of([&] { use_environment(other); }).code, errc::does_not_fit);
  EXPECT_FALSE(used_environment());
  EXPECT_FALSE(interpreter_runs());

  const Environment chosen = find_environment(home / "venv", {home / "first"});
  use_environment(chosen);
  ensure_interpreter();
  EXPECT_EQ(text_of("sys.executable"), home / "venv/bin/python");
  EXPECT_EQ(text_of("sys.prefix"), home / "venv");
  EXPECT_EQ(text_of("sys.base_prefix"), TORCHHUB_PYTHON_BASE_PREFIX);
  // The standard library is found beside its base, what is frozen into the core too, and the working folder is not.
  EXPECT_EQ(text_of("__import__('os').__file__"),
            fs::path(TORCHHUB_PYTHON_BASE_PREFIX) / "lib" / ("python" + minor) / "os.py");
  EXPECT_EQ(
      text_of("__import__('importlib.util').util.__file__"),
      fs::path(TORCHHUB_PYTHON_BASE_PREFIX) / "lib" / ("python" + minor) / "importlib/util.py");
  EXPECT_EQ(text_of("[entry for entry in sys.path if not entry.startswith('/')]"), "[]");
  EXPECT_EQ(text_of("__import__('of_site').WHO"), "the environment");
  EXPECT_EQ(text_of("__import__('of_pth').WHO"), "the .pth file");
  EXPECT_EQ(text_of("__import__('of_both').WHO"), "PYTHONPATH");
  // The build's torch completes it, last of all, where there is one.
  const std::string completion = fs::path(TORCHHUB_TORCH_FOLDER).parent_path();
  EXPECT_EQ(text_of("sys.path[0]"), home / "first");
  if (!completion.empty()) {
    EXPECT_EQ(text_of("sys.path[-1]"), completion);
  }

  const std::vector<fs::path> places = python_places();
  for (const fs::path& place : {home / "venv/lib", site, home / "more", home / "first"})
    EXPECT_THAT(places, Contains(place));
  const PythonProcess process = python_process();
  EXPECT_EQ(process.interpreter, home / "venv/bin/python");
  ASSERT_EQ(process.variables.size(), 1u);
  EXPECT_EQ(process.variables[0].first, "TORCHHUB_SYS_PATH");
  EXPECT_THAT(process.variables[0].second, HasSubstr((home / "first").string() + ":"));
  EXPECT_THAT(process.variables[0].second, HasSubstr(":" + completion));
  EXPECT_THAT(program_variables(),
              testing::ElementsAre(
                  std::pair<std::string, std::string>("TORCHHUB_VENV", home / "venv/bin/python"),
                  std::pair<std::string, std::string>("PYTHONPATH", home / "first")));

  // Afterwards it is the same or an error.
  use_environment(chosen);
  for (const Environment& another : {find_environment({}), find_environment(home / "venv"),
                                     find_environment(home / "venv", {home / "more"})}) {
    const tests::Failure late = tests::failure_of([&] { use_environment(another); });
    EXPECT_EQ(late.code, errc::cannot_start);
    EXPECT_THAT(late.sentence, HasSubstr("before the first use of Python"));
  }
  EXPECT_EQ(used_environment()->interpreter, chosen.interpreter);
}

}  // namespace
}  // namespace torchhub::python
