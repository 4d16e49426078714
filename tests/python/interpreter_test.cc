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

#include <atomic>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

// A virtual environment of the build's own base, whose interpreter is not started. Returns its folder of packages.
fs::path make_venv(const tests::TempFolder& home) {
  const std::string version = TORCHHUB_PYTHON_VERSION;
  const std::string minor = version.substr(0, version.rfind('.'));
  fs::create_directories(home / "venv/bin");
  fs::create_symlink(fs::canonical(TORCHHUB_PYTHON_EXECUTABLE), home / "venv/bin/python");
  tests::write_file(home / "venv/pyvenv.cfg",
                    "home = " + (fs::path(TORCHHUB_PYTHON_BASE_PREFIX) / "bin").string() +
                        "\nversion = " + version + "\n");
  return home / "venv/lib" / ("python" + minor) / "site-packages";
}

// What a script's function `ask` returns.
Object asked(const std::string& script) {
  static std::atomic<int> number = 0;
  const std::string name = "script" + std::to_string(++number);
  return call(script_function(name.c_str(), script.c_str(), "ask"), Arguments());
}

// Each is a process of its own, before this one has a Python, which ends with a status and a text on stderr.
#define EXPECT_END(status, text, ...) \
  EXPECT_EXIT(__VA_ARGS__, testing::ExitedWithCode(status), text)

void set_locale_variables(const char* lang, const char* all) {
  for (const char* name : {"LC_CTYPE", "LC_NUMERIC", "PYTHONUTF8"}) unsetenv(name);
  for (const auto& [name, value] : {std::pair("LANG", lang), std::pair("LC_ALL", all)}) {
    if (value) {
      setenv(name, value, 1);
    } else {
      unsetenv(name);
    }
  }
}

// Site reads .pth files in the locale's encoding.
TEST(InterpreterDeathTest, ReadsPthFilesAsPythonDoes) {
  const tests::TempFolder home;
  tests::write_file(make_venv(home) / "more.pth", (home / "jos\xC3\xA9").string() + "\n");
  tests::write_file(home / "jos\xC3\xA9/of_pth.py", "WHO = 'the .pth file'\n");
  const auto start = [&] {
    use_environment(find_environment(home / "venv"));
    ensure_interpreter();
    std::cerr << text_of("__import__('of_pth').WHO + ' utf8_mode ' + str(sys.flags.utf8_mode)")
              << " " << text_of("sys.getfilesystemencoding()") << " "
              << std::setlocale(LC_CTYPE, nullptr) << " " << std::setlocale(LC_NUMERIC, nullptr);
    std::exit(0);
  };
  const std::string found = "the .pth file utf8_mode 0 utf-8 ";
  const std::vector<std::pair<const char*, const char*>> variables = {{"C.UTF-8", nullptr},
                                                                      {"C", nullptr},
                                                                      {nullptr, nullptr},
                                                                      {"xx_YY.none", nullptr},
                                                                      {"C", "C.UTF-8"}};
  for (const auto& [lang, all] : variables) {
    set_locale_variables(lang, all);
    EXPECT_END(0, found + "C.UTF-8 C", start()) << (lang ? lang : "") << (all ? all : "");
  }
  // What a program chose for itself stays.
  set_locale_variables("C", nullptr);
  EXPECT_END(0, found + "C.utf8 C", {
    std::setlocale(LC_CTYPE, "C.utf8");
    start();
  });
  // Whoever insists on C has a Python that reads ASCII, there as here.
  set_locale_variables(nullptr, "C");
  EXPECT_END(1, "site module \\(UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3", {
    std::cerr << tests::failure_of(start).sentence;
    std::exit(1);
  });
}

TEST(InterpreterDeathTest, SaysWhyItCannotStart) {
  const auto tell = [](const std::string& pth) {
    const tests::TempFolder home;
    tests::write_file(make_venv(home) / "more.pth", pth + "\n");
    use_environment(find_environment(home / "venv"));
    const std::string sentence = tests::failure_of(ensure_interpreter).sentence;
    // Not half of one the second time, and from another thread.
    std::thread([&] {
      if (tests::failure_of(ensure_interpreter).sentence == sentence) std::cerr << sentence;
    }).join();
    std::_Exit(3);
  };
  EXPECT_END(3, "cannot start: Failed to import the site module \\(SystemExit: 9\\)",
             tell("import sys; sys.exit(9)"));
  EXPECT_END(3, "\\(KeyboardInterrupt\\)", tell("import os; raise KeyboardInterrupt"));
}

constexpr const char* kAtExit = R"(
import atexit, os
def ask():
    atexit.register(os.write, 2, b'first registered ')
    atexit.register(lambda: 1 / 0)
    atexit.register(os.write, 2, b'last registered ')
)";

TEST(InterpreterDeathTest, RunsWhatPythonCodeRegisteredForItsEnd) {
  EXPECT_END(0, "last registered .*ZeroDivisionError.*first registered $", {
    ensure_interpreter();
    asked(kAtExit);
    std::exit(0);
  });
  // Not twice.
  EXPECT_END(0, "^last registered (.|\n)*first registered over$", {
    ensure_interpreter();
    asked(kAtExit);
    run_exit_functions();
    std::cerr << "over";
    std::exit(0);
  });
}

// Threads that nobody waits for, as a program that ends in their midst leaves them.
TEST(InterpreterDeathTest, EndsBesideThreadsThatAreInPython) {
  const auto leave = [](const char* script) {
    ensure_interpreter();
    std::thread([script] { asked(script); }).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    asked(kAtExit);
    std::exit(0);
  };
  EXPECT_END(0, "first registered $", leave("def ask():\n    while True: sum(range(100))\n"));
  EXPECT_END(0, "first registered $",
             leave("import time\ndef ask():\n    while True: time.sleep(0.001)\n"));
  // One that never gives the lock back.
  EXPECT_END(0, "^$", {
    ensure_interpreter();
    // ctypes' PyDLL calls with the lock held.
    std::thread([] { asked("import ctypes\ndef ask(): ctypes.PyDLL(None).sleep(60)\n"); }).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    std::exit(0);
  });
}

// A static that waits for its thread in its destructor gets it.
TEST(InterpreterDeathTest, LetsAStaticWaitForAThreadThatIsInPython) {
  EXPECT_END(0, "the thread is done", {
    static std::jthread thread;
    ensure_interpreter();
    thread = std::jthread([] {
      asked("import time\ndef ask():\n    time.sleep(0.5)\n    return sum(range(1000))\n");
      std::cerr << "the thread is done";
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::exit(0);
  });
}

TEST(Interpreter, StartsWithTheEnvironmentThatWasChosen) {
  const tests::TempFolder home;
  const fs::path site = make_venv(home);
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
  const std::string version = TORCHHUB_PYTHON_VERSION;
  const std::string minor = version.substr(0, version.rfind('.'));
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
