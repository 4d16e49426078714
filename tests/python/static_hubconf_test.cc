#include <torchhub/python/concepts.h>
#include <torchhub/python/error.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/script.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/tests/support/emulator.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <chrono>
#include <cstdlib>
#include <map>

namespace torchhub::python {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct SourceWithoutListing {
  EntryPoint entry_point(std::string_view) const { return {}; }
};
static_assert(!EntryPointSource<int>);
static_assert(!EntryPointSource<SourceWithoutListing>);
static_assert(EntryPointSource<StaticHubconf>);

// The minor version of the Python that reads: 11 of "3.11.2".
const int kMinor = std::atoi(TORCHHUB_PYTHON_VERSION + 2);

class StaticHubconfTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    tests::write_file(folder_ / name, text);
  }

  StaticHubconf read(const std::string& hubconf) {
    write("hubconf.py", hubconf);
    return StaticHubconf(folder_.path());
  }

  std::vector<std::string> names(const std::string& hubconf) {
    const StaticHubconf conf = read(hubconf);
    std::vector<std::string> found;
    for (const EntryPoint& entry : conf.listing().entry_points) found.push_back(entry.name);
    return found;
  }

  std::string signature(const std::string& parameters) {
    return read("def f" + parameters + ": pass\n").entry_point("f").signature;
  }

  tests::TempFolder folder_;
};

TEST_F(StaticHubconfTest, FindsFunctionsAndTheirDocstrings) {
  const StaticHubconf conf = read(R"(dependencies = ['torch', "numpy"]

def model(pretrained=False, **kwargs):
    """One line.

    More.
    """

def _helper():
    "Hidden."

VALUE = 3
)");
  EXPECT_THAT(conf.listing().dependencies, ElementsAre("torch", "numpy"));
  ASSERT_EQ(conf.listing().entry_points.size(), 1u);
  EXPECT_EQ(conf.listing().entry_points[0].name, "model");
  // Whose compiler takes indentation away since 3.13.
  EXPECT_EQ(conf.listing().entry_points[0].docstring,
            kMinor < 13 ? "One line.\n\n    More.\n    " : "One line.\n\nMore.\n");
  EXPECT_TRUE(conf.listing().complete);
  EXPECT_EQ(conf.entry_point("_helper").docstring, "Hidden.");
  EXPECT_EQ(tests::failure_of([&] { conf.entry_point("VALUE"); }).sentence,
            "Cannot find callable VALUE in hubconf");
}

TEST_F(StaticHubconfTest, RunsNothing) {
  const std::filesystem::path witness = folder_ / "ran";
  EXPECT_THAT(names("open('" + witness.string() + "', 'w')\nimport os\nos.system('touch " +
                    witness.string() + "')\ndef f(): pass\n"),
              ElementsAre("f"));
  EXPECT_FALSE(std::filesystem::exists(witness));
}

TEST_F(StaticHubconfTest, FormatsSignaturesAsInspectDoes) {
  EXPECT_EQ(signature("()"), "()");
  EXPECT_EQ(signature("(a, b=1, *args, c, d=None, **kwargs)"),
            "(a, b=1, *args, c, d=None, **kwargs)");
  EXPECT_EQ(signature("(a: int, b: str = 'x') -> bool"), "(a: int, b: str = 'x') -> bool");
  EXPECT_EQ(signature("(a, /, b, *, c)"), "(a, /, b, *, c)");
  EXPECT_EQ(signature("(*, pretrained: bool = True)"), "(*, pretrained: bool = True)");
}

TEST_F(StaticHubconfTest, FindsOtherCallables) {
  const StaticHubconf conf = read(R"(
from functools import partial
class Model:
    "A class."
    def __init__(self, width=3): pass
async def later(): pass
small = lambda n: n
def make(size): "Makes."
alias = make
large = partial(make, 3)
)");
  std::vector<std::string> found;
  for (const EntryPoint& entry : conf.listing().entry_points) found.push_back(entry.name);
  EXPECT_THAT(found, ElementsAre("Model", "alias", "large", "later", "make", "partial", "small"));
  EXPECT_EQ(conf.entry_point("Model").signature, "(width=3)");
  EXPECT_EQ(conf.entry_point("alias").docstring, "Makes.");
}

TEST_F(StaticHubconfTest, FollowsImportsInsideTheRepository) {
  write("models/__init__.py", "from .net import build as make_net\nfrom .other import *\n");
  write("models/net.py", "def build(n):\n    'Builds.'\n");
  write("models/other.py", "__all__ = ['shown']\ndef shown(): pass\ndef not_shown(): pass\n");
  write("single.py", "def one(): 'One.'\nimport models\n");
  const StaticHubconf conf = read(
      "from models import make_net\nfrom single import one as uno\nfrom models import *\nfrom "
      "models import net\nimport single\n");
  std::vector<std::string> found;
  for (const EntryPoint& entry : conf.listing().entry_points) found.push_back(entry.name);
  EXPECT_THAT(found, ElementsAre("make_net", "shown", "uno"));
  EXPECT_EQ(conf.entry_point("make_net").docstring, "Builds.");
  EXPECT_EQ(conf.entry_point("uno").docstring, "One.");
  EXPECT_TRUE(conf.listing().complete);
}

// What sends a reader around for long: it ends, and says that it does not know.
TEST_F(StaticHubconfTest, EndsWhateverIsWritten) {
  std::string or_chain = "None", blocks, sum = "x = 1";
  const std::string doubling = "def f(a): return f(a + a) + f(a + a)\ny = f('aaaa')\n";
  for (int i = 0; i < 60; ++i) or_chain = "(" + or_chain + " or x)";
  for (int i = 0; i < 19; ++i)
    blocks += std::string(static_cast<std::size_t>(i), ' ') + "for i in (1, 2, 3, 4):\n";
  blocks += std::string(19, ' ') + "pass\n";
  for (int i = 0; i < 20'000; ++i) sum += " + 1";
  std::string nested = "a = ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x']\n";
  for (int i = 0; i < 20; ++i) nested += "a = [a, a, a, a, a, a, a, a, a, a]\n";
  for (const std::string& text :
       {"x = print\ny = " + or_chain + "\n", blocks, doubling, nested + "b = str(a)\n",
        std::string("x = 'a'\nfor i in range(9): x = x.replace('a', 'a' * 4000)\n"),
        std::string("a = []\na.append(a)\nb = str(a)\nc = [a, a]\n"),
        std::string("while True:\n    def f(): pass\n"), sum + "\n"}) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      read(text + "def last(): pass\n");
    } catch (const Error& error) {
      // The parser has a limit of its own.
      EXPECT_EQ(error.code(), errc::bad_hubconf);
    }
    if (!tests::is_emulated()) {
      EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30))
          << text.substr(0, 100);
    }
  }
}

// Only what is certain is called a reason why the file cannot be imported.
TEST_F(StaticHubconfTest, ClaimsNoMoreThanIsCertain) {
  write("src/inside/__init__.py", "");
  write("broken.py", "x = (\n");
  write("needs.py", "import nonexistent_d\n");
  for (const char* text :
       {"import os, sys\nsys.path.append(os.environ.get('TORCHHUB_NO_SUCH'))\nimport "
        "nonexistent_c\n",
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\n"
        "import inside\n",
        "import sys\nsys.path.append('/nonexistent/elsewhere')\nimport nonexistent_c\n",
        "import sys\nsys.modules['nonexistent_c'] = sys\nimport nonexistent_c\n",
        "import subprocess, sys\nsubprocess.run(['true'])\nimport nonexistent_c\n",
        "class Finder:\n    pass\nimport sys\nsys.meta_path.append(Finder())\nimport "
        "nonexistent_c\n",
        "def setup(): import sys; sys.path.append(unknown)\n[setup][0]()\nimport nonexistent_c\n",
        "import numpy\nnumpy.f()\nimport nonexistent_c\n",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import nonexistent_c\n",
        "import os\nif os.environ.get('X'):\n    import nonexistent_c\n",
        "try:\n    import broken, needs\nexcept Exception:\n    pass\n",
        "for name in open('x'):\n    import nonexistent_c\n"}) {
    EXPECT_THAT(read(text).listing().import_problems, IsEmpty()) << text;
  }
  EXPECT_THAT(read("import needs\nimport nonexistent_d\n").listing().import_problems,
              ElementsAre("line 1 of needs.py imports nonexistent_d, which is not installed"));
  EXPECT_THAT(read("from broken import x\n").listing().import_problems,
              ElementsAre(HasSubstr("line 1 of broken.py is no Python: ")));
  EXPECT_THAT(read("from .needs import x\n").listing().import_problems,
              ElementsAre("line 1 of hubconf.py imports from a package around it, and is in none"));
  // Told once, as what is missing.
  const StaticHubconf conf = read("dependencies = ['nonexistent_d']\nimport needs\n");
  EXPECT_THAT(conf.listing().missing_dependencies, ElementsAre("nonexistent_d"));
  EXPECT_THAT(conf.listing().import_problems, IsEmpty());
}

TEST_F(StaticHubconfTest, KnowsDependenciesThatAreComputed) {
  write("src/inside/__init__.py", "needed = ['json']\n");
  const std::vector<std::string> torch_and_x = {"torch", "nonexistent_a"};
  for (const char* text :
       {"dependencies = ['torch'] + ['nonexistent_a']\n",
        "dependencies = ['torch']\ndependencies += ['nonexistent_a']\n",
        "dependencies = ['torch']\ndependencies.append('nonexistent_a')\n",
        "import sys\ndependencies = ['torch']\nif sys.version_info > (3,):\n"
        "    dependencies.extend(('nonexistent_a',))\n",
        "import os\ndependencies = ['torch', 'nonexistent_a']\nif os.environ.get('X'):\n"
        "    dependencies = ['torch', 'nonexistent_a', 'nonexistent_b']\n",
        "import os\ndependencies = ['torch', 'nonexistent_a']\nif os.environ.get('X'):\n"
        "    dependencies.append('nonexistent_b')\n"}) {
    const Listing listing = read(text).listing();
    EXPECT_EQ(listing.dependencies, torch_and_x) << text;
    EXPECT_THAT(listing.missing_dependencies, testing::Contains("nonexistent_a")) << text;
  }
  // What a folder of its own satisfies is not missing.
  EXPECT_THAT(read("import os, sys\nsys.path.append(os.path.dirname(__file__) + '/src')\n"
                   "from inside import needed\ndependencies = ['inside'] + needed\n")
                  .listing()
                  .missing_dependencies,
              IsEmpty());
}

// Installed packages are not read, but for which of their names are modules.
TEST_F(StaticHubconfTest, KnowsTheModulesOfInstalledPackages) {
  write("site/outside/__init__.py", "from outside.hidden import hidden\ndef f(): pass\n");
  write("site/outside/part.py", "");
  write("site/outside/hidden.py", "def hidden(): pass\n");
  write("site/callable_module.py", "import sys\nsys.modules[__name__] = print\n");
  call(script_function("static_hubconf_test",
                       "def add(folder):\n    import sys\n    sys.path.append(folder)\n", "add"),
       Arguments().positional((folder_ / "site").string()));
  for (const char* text :
       {"import outside\n", "from outside import part\n", "import outside.part as p\n"})
    EXPECT_TRUE(read(text).listing().complete) << text;
  for (const char* text : {"from outside import f\n", "from outside import hidden\n",
                           "import outside.hidden as h\n", "import callable_module\n"})
    EXPECT_FALSE(read(text).listing().complete) << text;
}

TEST_F(StaticHubconfTest, SaysWhereANameMayBeFound) {
  const char* const text = "def make(): return lambda: None\nnet = make()\n";
  const tests::Failure maybe = tests::failure_of([&] { read(text).entry_point("net"); });
  EXPECT_EQ(maybe.code, errc::no_such_entry_point);
  EXPECT_THAT(maybe.sentence, HasSubstr("Cannot find callable net in hubconf by reading it"));
  EXPECT_THAT(maybe.sentence, HasSubstr("--run"));
  const tests::Failure none =
      tests::failure_of([&] { read("def f(): pass\n").entry_point("net"); });
  EXPECT_EQ(none.sentence, "Cannot find callable net in hubconf");
}

TEST_F(StaticHubconfTest, SurvivesFilesThatImportEachOther) {
  write("a.py", "from b import g\nfrom b import *\ndef f(): pass\n");
  write("b.py", "from a import f\nfrom a import *\ndef g(): pass\n");
  EXPECT_THAT(names("from a import f, g\nfrom b import g\nfrom hubconf import h\ndef h(): pass\n"),
              ElementsAre("f", "g", "h"));
}

TEST_F(StaticHubconfTest, SaysWhatItCannotKnow) {
  for (const char* text :
       {"from torch import Tensor\n", "from torch.nn import *\n",
        "for n in range(3):\n    globals()[f'm{n}'] = print\n", "globals().update(x=print)\n",
        "exec('def f(): pass')\n", "import torch\nrun = torch.load\n",
        "if input():\n    def f(): pass\n",
        "try:\n    def f(): pass\nexcept ImportError:\n    pass\n", "x = [print][0]\n"}) {
    EXPECT_FALSE(read(text).listing().complete) << text;
  }
  for (const char* text : {"", "import json\n", "X = 3\nY = [1]\n", "'a docstring'\n",
                           "if __name__ == '__main__':\n    f()\n"}) {
    EXPECT_TRUE(read(text).listing().complete) << text;
  }
}

TEST_F(StaticHubconfTest, FindsWhatIsMissing) {
  const StaticHubconf conf =
      read("dependencies = ['json', 'nonexistent_a', 'inside', 'nonexistent_b.sub']\n");
  EXPECT_THAT(conf.listing().missing_dependencies,
              ElementsAre("nonexistent_a", "inside", "nonexistent_b.sub"));
  write("inside.py", "");
  EXPECT_THAT(read("dependencies = ['inside']\n").listing().missing_dependencies, IsEmpty());
  EXPECT_THAT(read("import nonexistent_c\n").listing().import_problems,
              ElementsAre("line 1 of hubconf.py imports nonexistent_c, which is not installed"));
  EXPECT_THAT(read("from nonexistent_c.sub import f\n").listing().import_problems.size(), 1u);
  EXPECT_THAT(read("try:\n    import nonexistent_c\nexcept ImportError:\n    pass\n")
                  .listing()
                  .import_problems,
              IsEmpty());
  EXPECT_THAT(read("def f():\n    import nonexistent_c\n").listing().import_problems, IsEmpty());
}

TEST_F(StaticHubconfTest, SeesAnImportThatRaises) {
  EXPECT_THAT(read("def f(): pass\n\nraise RuntimeError('boom')\n").listing().import_problems,
              ElementsAre("line 3 of hubconf.py raises RuntimeError('boom')"));
  EXPECT_THAT(read("def f():\n    raise RuntimeError('boom')\nif False:\n    raise RuntimeError\n")
                  .listing()
                  .import_problems,
              IsEmpty());
}

TEST_F(StaticHubconfTest, ReadsOtherEncodings) {
  EXPECT_EQ(read("# -*- coding: latin-1 -*-\ndef f():\n    '\xE9'\n").entry_point("f").docstring,
            "\xC3\xA9");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "def f():\n    'x'\n")
                .entry_point("f")
                .docstring,
            "x");
}

TEST_F(StaticHubconfTest, SaysWhereAFileIsBroken) {
  const tests::Failure broken = tests::failure_of([&] { read("x = 1\ny = (\n"); });
  EXPECT_EQ(broken.code, errc::bad_hubconf);
  EXPECT_THAT(broken.sentence,
              HasSubstr("hubconf.py cannot be parsed: line 2: '(' was never closed"));
  EXPECT_EQ(tests::failure_of([&] { read(std::string("x = 1\0y", 7)); }).code, errc::bad_hubconf);
  EXPECT_EQ(tests::failure_of([&] { read("# -*- coding: nonsense -*-\n"); }).code,
            errc::bad_hubconf);
  EXPECT_EQ(tests::failure_of([&] {
              read("x = " + std::string(100'000, '(') + "1" + std::string(100'000, ')'));
            }).code,
            errc::bad_hubconf);
}

// Syntax that came with some Python 3: it is read by that one, and another says which one does.
TEST_F(StaticHubconfTest, ReadsTheSyntaxOfNewerPythonsOrSaysWhichDoes) {
  struct Syntax {
    int since;
    const char* name;
    const char* text;  ///< whose second line is at fault
    const char* signature = "()";
  };
  const std::vector<Syntax> kSyntaxes = {
      {12, "a type statement", "\ntype f_of[T] = list[T]\n"},
      {12, "a type statement", "\ntype Name = 'str'\n"},
      {12, "a type parameter", "\ndef f[T](x: T) -> T: pass\n", "(x: T) -> T"},
      {12, "a type parameter", "\nclass f[T]:\n    def __init__(self, n): pass\n", "(n)"},
      {12, "an f-string with its own quotes inside", "\nx = f\"{'a' + \"b\"}\"\n"},
      {12, "an f-string with its own quotes inside", "x = {'a': 1}\ny = f'{x['a']}'\n"},
      {12, "an f-string with a backslash or a comment", "\nx = f\"{'\\n'.join('ab')}\"\n"},
      {12, "an f-string of several lines", "\nx = f\"{\n1}\"\n"},
      {13, "a type parameter with a default", "\ndef f[T = int](): pass\n"},
      {14, "an except clause without parentheses",
       "try: x = 1\nexcept ValueError, OSError: pass\n"},
      {14, "an except clause without parentheses", "try: x = 1\nexcept A, B, C: pass\n"},
      {14, "a t-string", "\nx = t'a {1}'\n"},
      {14, "a t-string", "\nx = len(rt\"a\")\n"},
      {15, "a lazy import", "\nlazy from json import loads\n"},
      {15, "unpacking in a comprehension", "\nx = [*y for y in ([1], [2])]\n"},
  };
  for (const Syntax& syntax : kSyntaxes) {
    SCOPED_TRACE(syntax.text);
    const bool has_entry = std::string_view(syntax.text).find(" f[") != std::string_view::npos;
    const std::string text = syntax.text + std::string(has_entry ? "" : "def f(): pass\n");
    write("of_it.py", text);
    if (kMinor >= syntax.since) {
      EXPECT_THAT(names(text), ElementsAre("f"));
      EXPECT_TRUE(read(text).listing().complete);
      EXPECT_EQ(read("from of_it import f\n").entry_point("f").signature, syntax.signature);
      continue;
    }
    const std::string reason = std::string(syntax.name) + ", which takes Python 3." +
                               std::to_string(syntax.since) + " or later, and this is Python 3." +
                               std::to_string(kMinor);
    const tests::Failure refused = tests::failure_of([&] { read(text); });
    EXPECT_EQ(refused.code, errc::bad_hubconf);
    EXPECT_EQ(refused.sentence,
              (folder_ / "hubconf.py").string() + " cannot be parsed: line 2: " + reason);
    EXPECT_THAT(read("import of_it\n").listing().import_problems,
                ElementsAre("line 2 of of_it.py has " + reason));
  }
}

TEST_F(StaticHubconfTest, SaysWhatIsOfPython2) {
  const std::map<std::string, std::string> kFlaws = {
      {"print 'x'", "a print statement"},
      {"if x: print \"%s\" % x, y", "a print statement"},
      {"exec code in names", "an exec statement"},
      {"raise ValueError, 'x'", "a raise statement with a comma"},
      {"mode = 0644", "an octal number that begins with 0"},
      {"n = 10L", "a long integer"},
      {"n = 0xFFL", "a long integer"},
      {"text = `n`", "an expression in backquotes"},
      {"is_other = 1 <> 2", "the operator <>"},
      {"text = ur'x'", "a string with the prefix ur"},
      {"def f(a, (b, c)): pass", "a parameter that is taken apart"},
  };
  for (const auto& [line, name] : kFlaws) {
    SCOPED_TRACE(line);
    const std::string reason = name + " of Python 2, which no Python 3 reads";
    EXPECT_EQ(tests::failure_of([&] { read("\n" + line + "\n"); }).sentence,
              (folder_ / "hubconf.py").string() + " cannot be parsed: line 2: " + reason);
    write("old.py", line + "\n");
    EXPECT_THAT(read("import old\n").listing().import_problems,
                ElementsAre("line 1 of old.py has " + reason));
  }
  // Since 3.14 a tuple of two exceptions.
  if (kMinor >= 14) return;
  for (const std::string clause :
       {"except ValueError, e: pass", "except (OSError, ValueError), e: pass"}) {
    EXPECT_THAT(tests::failure_of([&] { read("try: pass\n" + clause + "\n"); }).sentence,
                HasSubstr("line 2: an except clause with a comma of Python 2"))
        << clause;
  }
}

// What is merely wrong is said as the parser says it.
TEST_F(StaticHubconfTest, TakesNoMistakeForAnotherPython) {
  for (const char* line :
       {"x = 'don\\'t' if", "x = \"don't\" y", "def f(:", "x = f'{'", "x = f'{a b}'", "x = 08",
        "type(x) = 3", "f[T](x) y", "x = f'{x!r}' 'don't'", "from x import (a, b", "x = 'open",
        "class f: pass pass", "x = {1: 2, 3}", "print('x'", "x = 1 if 2", "lazy = = 1"}) {
    const tests::Failure refused = tests::failure_of([&] { read(std::string(line) + "\n"); });
    EXPECT_EQ(refused.code, errc::bad_hubconf) << line;
    EXPECT_THAT(refused.sentence, Not(AnyOf(HasSubstr("of Python 2"), HasSubstr("or later"))))
        << line;
  }
}

TEST_F(StaticHubconfTest, SaysThatThereIsNone) {
  const tests::Failure none = tests::failure_of([&] { StaticHubconf conf(folder_.path()); });
  EXPECT_EQ(none.code, errc::no_hubconf);
  EXPECT_EQ(none.code, boost::system::errc::no_such_file_or_directory);
  EXPECT_THAT(none.sentence, HasSubstr(folder_.path().string()));
}

}  // namespace
}  // namespace torchhub::python
