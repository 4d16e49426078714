#include <torchhub/python/error.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/trusted.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <cstdlib>
#include <limits>
#include <thread>

namespace torchhub::python {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::TrustedRepository;

Hubconf run(const std::string& hubconf) {
  return Hubconf(TrustedRepository({{"hubconf.py", hubconf}}).source());
}

std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> found;
  for (const EntryPoint& entry : listing.entry_points) found.push_back(entry.name);
  return found;
}

// An entry point that raises tells what it was called with, without a way back for values.
std::string told_by(const Hubconf& conf, std::string_view name, const Arguments& arguments) {
  try {
    conf.call(name, arguments);
  } catch (const PythonException& raised) {
    return raised.message();
  }
  return "(nothing was raised)";
}

TEST(Hubconf, ListsEveryPublicCallable) {
  const Hubconf conf = run(R"(
from pathlib import Path
import json
dependencies = ['json']
def f(a, b: int = 2):
    "Doc."
def _hidden(): pass
VALUE = 3
globals()['a.b'] = f
)");
  EXPECT_THAT(names(conf.listing()), ElementsAre("Path", "a.b", "f"));
  EXPECT_THAT(conf.listing().dependencies, ElementsAre("json"));
  EXPECT_EQ(conf.entry_point("f").signature, "(a, b: int = 2)");
  EXPECT_EQ(conf.entry_point("f").docstring, "Doc.");
  EXPECT_EQ(conf.entry_point("_hidden").name, "_hidden");
  EXPECT_EQ(tests::failure_of([&] { conf.entry_point("VALUE"); }).code, errc::no_such_entry_point);
}

TEST(Hubconf, PassesArgumentsOn) {
  const Hubconf conf = run("def tell(*args, **kwargs): raise ValueError(repr((args, kwargs)))\n");
  const Arguments arguments = Arguments()
                                  .positional(Argument())
                                  .positional(true)
                                  .positional(-3)
                                  .positional(0.5)
                                  .positional("t\xC3\xA9xt")
                                  .positional(Argument::List{1, "x", Argument::List{}})
                                  .keyword("d", Argument::Dict{{"k", false}})
                                  .keyword("big", std::int64_t{1} << 62);
  EXPECT_EQ(told_by(conf, "tell", arguments),
            "((None, True, -3, 0.5, 't\xC3\xA9xt', [1, 'x', []]), {'d': {'k': False}, 'big': "
            "4611686018427387904})");
}

TEST(Hubconf, PassesIntegersOfAnySizeOn) {
  const Hubconf conf =
      run("import sys\nsys.set_int_max_str_digits(0)\ndef tell(n): raise ValueError(str(n))\n");
  std::string digits;
  for (int i = 0; i < 9001; ++i) digits += static_cast<char>('0' + (i + 1) % 10);
  for (const std::string& number : {std::string("18446744073709551616"),
                                    std::string("-9223372036854775809"), digits, "-" + digits})
    EXPECT_EQ(told_by(conf, "tell", Arguments().positional(WideInteger{number})), number);
  EXPECT_EQ(
      told_by(conf, "tell", Arguments().positional(std::numeric_limits<std::uint64_t>::max())),
      "18446744073709551615");
  EXPECT_EQ(told_by(conf, "tell", Arguments().positional(std::uint64_t{7})), "7");
}

TEST(Hubconf, PassesObjectsOnAndKeepsThem) {
  const Hubconf conf =
      run("def make(): return {'made': 1}\ndef tell(x): raise ValueError(repr(x))\n");
  const Object made = conf.call("make", Arguments());
  const Object copy = made;
  EXPECT_EQ(told_by(conf, "tell", Arguments().positional(copy)), "{'made': 1}");
}

TEST(Hubconf, BringsExceptionsBackWhole) {
  const Hubconf conf = run("def fail():\n    raise KeyError('missing key')\n");
  try {
    conf.call("fail", Arguments());
    FAIL() << "nothing was thrown";
  } catch (const PythonException& raised) {
    EXPECT_EQ(raised.code(), errc::exception);
    EXPECT_EQ(raised.type(), "KeyError");
    EXPECT_EQ(raised.message(), "'missing key'");
    EXPECT_THAT(raised.traceback(), HasSubstr("line 2, in fail"));
    EXPECT_STREQ(raised.what(), "calling fail: KeyError: 'missing key'");
  }
  EXPECT_EQ(tests::failure_of([] { run("import sys\nsys.exit(3)\n"); }).sentence.find("importing"),
            0u);
}

TEST(Hubconf, ReportsAnImportThatRaises) {
  const tests::Failure failure = tests::failure_of([] { run("raise RuntimeError('boom')\n"); });
  EXPECT_EQ(failure.code, errc::exception);
  EXPECT_THAT(failure.sentence, HasSubstr("hubconf.py: RuntimeError: boom"));
}

TEST(Hubconf, ChecksDependenciesBeforeItRuns) {
  const tests::Failure failure = tests::failure_of([] {
    run("import nonexistent_a\ndependencies = ['nonexistent_a', 'json', 'nonexistent_b']\n");
  });
  EXPECT_EQ(failure.code, errc::missing_dependencies);
  EXPECT_THAT(failure.sentence, HasSubstr("Missing dependencies: nonexistent_a, nonexistent_b"));
}

TEST(Hubconf, LooksLikeTorchHubsToItsCode) {
  const TrustedRepository repository({{"hubconf.py",
                                       "import sys, helper_of_hubconf_test as h\n"
                                       "def tell(): raise ValueError(repr((__name__, __file__, "
                                       "sys.path[0], h.X, 'hubconf.py' in sys.modules)))\n"},
                                      {"helper_of_hubconf_test.py", "X = 5\n"}});
  const Hubconf conf(repository.source());
  const std::string folder = repository.folder();
  EXPECT_EQ(told_by(conf, "tell", Arguments()),
            "('hubconf.py', '" + folder + "/hubconf.py', '" + folder + "', 5, True)");
  const Hubconf other = run("import sys\ndef tell(): raise ValueError(repr(sys.path))\n");
  EXPECT_THAT(told_by(other, "tell", Arguments()), testing::Not(HasSubstr(folder)));
}

TEST(Hubconf, MayBeCalledFromAnyThread) {
  const Hubconf conf = run("def f(n): return [n] * 1000\n");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) EXPECT_TRUE(conf.call("f", Arguments().positional(k)));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// What is found without running the file is what running it shows.
TEST(Hubconf, AgreesWithTheStaticReader) {
  const TrustedRepository repository(
      {{"hubconf.py", R"(
dependencies = ['json']
from hubconf_test_models import small, Large as _Large
import json
class Net:
    """A net."""
    def __init__(self, width: int = 3, *layers, bias=True): pass
def f(a, /, b: int = 2, *, c='x', **rest) -> dict:
    """Doc.

       Indented.
    """
def blank_first():
    """

      A first line of blanks.
     Less.
    """
def wide(): """  Blanks before.
Nothing at its left.
      Indented."""
def escaped(): "\t\x41  \n\tA tab.\n          More. \n\n\t"
def no_docstring(): pass
g = f
)"},
       {"hubconf_test_models.py", "def small(n=1): 'Small.'\nclass Large: pass\n"}});
  const Listing run = Hubconf(repository.source()).listing();
  const Listing read = StaticHubconf(repository.folder()).listing();
  ASSERT_THAT(names(read), ElementsAre("Net", "blank_first", "escaped", "f", "g", "no_docstring",
                                       "small", "wide"));
  ASSERT_EQ(names(run), names(read));
  for (std::size_t i = 0; i < run.entry_points.size(); ++i) {
    EXPECT_EQ(run.entry_points[i].signature, read.entry_points[i].signature)
        << run.entry_points[i].name;
    EXPECT_EQ(run.entry_points[i].docstring, read.entry_points[i].docstring)
        << run.entry_points[i].name;
  }
  EXPECT_EQ(run.dependencies, read.dependencies);
}

// Since 3.14 an annotation is evaluated when somebody asks for it.
TEST(Hubconf, ShowsAnnotationsThatNameWhatIsNotThere) {
  if (std::atoi(TORCHHUB_PYTHON_VERSION + 2) < 14)
    GTEST_SKIP() << "Python " TORCHHUB_PYTHON_VERSION
                    " evaluates annotations where they stand, and does not import such a file";
  const Hubconf conf =
      run("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nowhere import Width\n"
          "def f(a: Width, b: int = 1, *c: 'Width') -> Width.T: pass\n"
          "class Net:\n    def __init__(self, n: Width | None): pass\n");
  EXPECT_EQ(conf.entry_point("f").signature, "(a: Width, b: int = 1, *c: Width) -> Width.T");
  EXPECT_EQ(conf.entry_point("Net").signature, "(n: Width | None)");
  EXPECT_EQ(conf.listing().entry_points.size(), 2u);
}

}  // namespace
}  // namespace torchhub::python
