#include <torchhub/python/error.h>
#include <torchhub/python/evaluate.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/trusted_source.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

namespace torchhub::python {
namespace {

using testing::HasSubstr;
using tests::failure_of;

TrustedSource trusted() { return TrustedSource::trust_code(); }

// As a module that is imported makes statics, which what it registers for the end of Python uses.
void end_beside_a_static() {
  evaluate(trusted(), "1");
  struct Teller {
    ~Teller() { std::cerr << "static destroyed"; }
  };
  static const Teller teller;
  evaluate(trusted(), "__import__('atexit').register(__import__('os').write, 2, b'registered ')");
  std::exit(0);
}

TEST(EvaluateDeathTest, EndsPythonBeforeTheStaticsThatItsModulesMade) {
  EXPECT_EXIT(end_beside_a_static(), testing::ExitedWithCode(0), "registered static destroyed");
}

// A thread that nobody waits for, while statics are destroyed.
void end_beside_a_thread() {
  static std::atomic<bool> is_destroyed = false;
  struct Slow {
    ~Slow() {
      is_destroyed = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
  };
  static const Slow slow;
  const Argument tell = Callable([](const Arguments&) {
    if (is_destroyed) std::cerr << "in Python ";
    return Argument();
  });
  std::thread([tell] {
    evaluate(trusted(), "all(f() is None for _ in iter(int, 1))", {{"f", tell}});
  }).detach();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  evaluate(trusted(), "1");
  std::exit(0);
}

TEST(EvaluateDeathTest, KeepsThreadsOutOfPythonAtTheEnd) {
  EXPECT_EXIT(end_beside_a_thread(), testing::ExitedWithCode(0), "^$");
}

TEST(ImportModule, FindsWhatIsInstalled) {
  EXPECT_EQ(
      to_text(call(attribute(import_module(trusted(), "os.path"), "join"), Arguments("a", "b"))),
      "a/b");
  EXPECT_EQ(to_text(attribute(import_module(trusted(), "xml.dom"), "__name__")), "xml.dom");
  EXPECT_EQ(failure_of([] { import_module(trusted(), "no_such_module"); }).sentence,
            "importing no_such_module: ModuleNotFoundError: No module named 'no_such_module'");
  EXPECT_THAT(failure_of([] { import_module(trusted(), ""); }).sentence, HasSubstr("ValueError"));
  EXPECT_THAT(failure_of([] { import_module(trusted(), "os\xff"); }).sentence,
              HasSubstr("UnicodeDecodeError"));
}

TEST(Evaluate, KnowsItsNamesAndTheBuiltins) {
  EXPECT_EQ(to_text(evaluate(trusted(), "sum(xs) + y", {{"xs", Argument::List{1, 2}}, {"y", 3}})),
            "6");
  EXPECT_EQ(to_text(call(evaluate(trusted(), "lambda x: x + y", {{"y", 1}}), Arguments(2))), "3");
  EXPECT_EQ(to_text(evaluate(trusted(), "[y for _ in range(2)]", {{"y", 1}})), "[1, 1]");
  // Each has names of its own.
  EXPECT_THAT(failure_of([] { evaluate(trusted(), "y"); }).sentence,
              HasSubstr("NameError: name 'y' is not defined"));
  EXPECT_THAT(failure_of([] { evaluate(trusted(), "x = 1"); }).sentence, HasSubstr("SyntaxError"));
  EXPECT_THAT(failure_of([] { evaluate(trusted(), "1 / 0"); }).sentence,
              HasSubstr("evaluating an expression: ZeroDivisionError"));
}

// Whoever has the permission for one expression has none for the hubconf.py of the working directory.
TEST(TrustCode, GivesNoFolder) {
  const tests::TempFolder folder;
  tests::write_file(folder / "hubconf.py", "");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(failure_of([] { Hubconf conf(trusted()); }).code, errc::no_hubconf);
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace torchhub::python
