#include <torchhub/python/concepts.h>
#include <torchhub/python/error.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/temp_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torchhub::python {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct SourceWithoutListing {
  EntryPoint entry_point(std::string_view) const { return {}; }
};
static_assert(!EntryPointSource<int>);
static_assert(!EntryPointSource<SourceWithoutListing>);
static_assert(EntryPointSource<StaticHubconf>);

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
  EXPECT_EQ(conf.listing().entry_points[0].docstring, "One line.\n\n    More.\n    ");
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
  EXPECT_THAT(found, ElementsAre("Model", "alias", "large", "later", "make", "small"));
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

TEST_F(StaticHubconfTest, SurvivesFilesThatImportEachOther) {
  write("a.py", "from b import g\nfrom b import *\ndef f(): pass\n");
  write("b.py", "from a import f\nfrom a import *\ndef g(): pass\n");
  EXPECT_THAT(names("from a import f, g\nfrom b import g\nfrom hubconf import h\ndef h(): pass\n"),
              ElementsAre("f", "g", "h"));
}

TEST_F(StaticHubconfTest, SaysWhatItCannotKnow) {
  for (const char* text :
       {"from json import loads\n", "from torch.nn import *\n",
        "for n in range(3):\n    globals()[f'm{n}'] = print\n", "globals().update(x=print)\n",
        "exec('def f(): pass')\n", "import os\nrun = os.system\n",
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
              ElementsAre("line 1 imports nonexistent_c, which is not installed"));
  EXPECT_THAT(read("from nonexistent_c.sub import f\n").listing().import_problems.size(), 1u);
  EXPECT_THAT(read("try:\n    import nonexistent_c\nexcept ImportError:\n    pass\n")
                  .listing()
                  .import_problems,
              IsEmpty());
  EXPECT_THAT(read("def f():\n    import nonexistent_c\n").listing().import_problems, IsEmpty());
}

TEST_F(StaticHubconfTest, SeesAnImportThatRaises) {
  EXPECT_THAT(read("def f(): pass\n\nraise RuntimeError('boom')\n").listing().import_problems,
              ElementsAre("line 3 raises RuntimeError('boom')"));
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

TEST_F(StaticHubconfTest, SaysThatThereIsNone) {
  const tests::Failure none = tests::failure_of([&] { StaticHubconf conf(folder_.path()); });
  EXPECT_EQ(none.code, errc::no_hubconf);
  EXPECT_EQ(none.code, boost::system::errc::no_such_file_or_directory);
  EXPECT_THAT(none.sentence, HasSubstr(folder_.path().string()));
}

}  // namespace
}  // namespace torchhub::python
