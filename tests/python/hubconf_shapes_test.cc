// The shapes that hubconf.py files have in the wild, and some more: read without running, run, and by
// Python's torch.hub, each shows the same, or says that it may not.

#include <torchhub/python/error.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/trusted.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace torchhub::python {
namespace {

namespace json = boost::json;
using Files = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

struct Shape {
  const char* name;
  Files files;
  bool is_complete = true;  ///< whether reading it tells all
};

Shape one(const char* name, const char* hubconf, bool is_complete = true) {
  return {name, {{"hubconf.py", hubconf}}, is_complete};
}

const std::vector<Shape> kShapes = {
    one("functions", "def f(a, b=1): 'F.'\ndef g(*args, **kwargs): pass\n"),
    one("keyword-only", "def f(*, pretrained: bool = True) -> object: 'F.'\n"),
    one("hidden", "def _f(): pass\ndef f(): pass\n"),
    one("async", "async def f(): pass\n"),
    one("lambda", "f = lambda x, y=2: x\n"),
    one("alias", "def f(): pass\ng = f\nh = g\n"),
    one("a class", "class Model:\n    'M.'\n    def __init__(self, n): pass\n"),
    one("partial", "from functools import partial\ndef f(a): pass\ng = partial(f, 1)\n", false),
    one("functools.partial", "import functools\ndef f(a): pass\ng = functools.partial(f, 1)\n"),
    one("decorated", "import functools\ndef wrap(f): return f\n@wrap\ndef g(): 'G.'\n", false),
    one("lru_cache", "import functools\n@functools.lru_cache\ndef g(): 'G.'\n", false),
    one("constants", "VALUE = 3\nNAMES = ['a']\nURL = 'http://h/' + 'x'\ndef f(): pass\n"),
    one("dependencies first", "dependencies = ['json', 'os']\ndef f(): pass\n"),
    one("dependencies after imports", "import os\ndependencies = ['json']\ndef f(): pass\n"),
    one("a tuple of dependencies", "dependencies = ('json',)\ndef f(): pass\n"),
    one("no dependencies", "def f(): pass\n"),
    one("computed dependencies", "dependencies = ['json'] + ['os']\ndef f(): pass\n"),
    one("imported modules", "import os, json as j\nimport os.path\ndef f(): pass\n"),
    one("imported names", "from math import sqrt\nfrom pathlib import Path\ndef f(): pass\n",
        false),
    one("renamed imports", "from math import sqrt as root\ndef f(): pass\n", false),
    one("a conditional definition",
        "import sys\nif sys.version_info > (3,):\n    def f(): pass\n"
        "else:\n    def g(): pass\n",
        false),
    one("try and except",
        "try:\n    import nonexistent_a\n    def f(): pass\nexcept ImportError:\n"
        "    def g(): pass\n",
        false),
    one("a loop over globals", "for name in ('a', 'b'):\n    globals()[name] = lambda: None\n",
        false),
    one("a loop over locals",
        "def make(n):\n    def f(): return n\n    return f\nfor n in range(2):\n"
        "    locals()[f'net_{n}'] = make(n)\n",
        false),
    one("globals().update", "globals().update({'f': lambda: None})\n", false),
    one("dotted names", "def f(): pass\nglobals()['a.b'] = f\n", false),
    one("exec", "exec('def f(): pass')\n", false),
    one("__all__", "__all__ = ['f']\ndef f(): pass\ndef g(): pass\n"),
    one("a main guard", "def f(): pass\nif __name__ == '__main__':\n    def g(): pass\n    f()\n"),
    one("deleted names", "def f(): pass\ndef g(): pass\ndel g\n"),
    one("defined twice", "def f(a): 'First.'\ndef f(b): 'Second.'\n"),
    one("several at once", "def f(): pass\ng = h = f\n"),
    one("a call's result", "def make(): return lambda: None\nf = make()\n", false),
    one("an instance", "class C:\n    def __call__(self): pass\nc = C()\n", false),
    one("unpacked", "def f(): pass\na, b = f, 3\n", false),
    one("annotated", "from typing import Callable\nf: Callable = lambda: None\nn: int = 3\n",
        false),
    one("with", "import contextlib\nwith contextlib.suppress(Exception):\n    def f(): pass\n",
        false),
    one("side effects",
        "import os\nos.environ['TORCHHUB_SHAPE'] = '1'\nprint('loading')\ndef f(): pass\n"),
    one("a docstring and comments",
        "'''The module.'''\n# A comment.\ndef f():\n    # No docstring.\n    pass\n"),
    one("Windows line ends", "def f():\r\n    'F.'\r\n    pass\r\ndef g(): pass\r\n"),
    one("a byte order mark",
        "\xEF\xBB\xBF"
        "def f(): 'F.'\n"),
    one("latin-1", "# -*- coding: latin-1 -*-\ndef f(): 'caf\xE9'\n"),
    one("a name that is not ASCII", "def caf\xC3\xA9(): pass\n"),
    one("tabs", "def f():\n\tpass\n"),
    one("positional only", "def f(a, /, b, *, c=1): pass\n"),
    one("nested definitions",
        "def f():\n    def inner(): pass\n    class Inner: pass\n    return inner\n"),
    one("match and walrus", "if (n := 3):\n    pass\ndef f(): pass\n"),
    one("global in a function", "def f():\n    global g\n    def g(): pass\n"),
    {"a re-export",
     {{"hubconf.py", "from net import build, VALUE\n"},
      {"net.py", "VALUE = 1\ndef build(n=1): 'Builds.'\n"}}},
    {"a re-export of a package",
     {{"hubconf.py", "from models.net import build as net\n"},
      {"models/__init__.py", ""},
      {"models/net.py", "def build(n=1): 'Builds.'\n"}}},
    {"a re-export through __init__",
     {{"hubconf.py", "from models import build\n"},
      {"models/__init__.py", "from .net import build\n"},
      {"models/net.py", "def build(n=1): 'Builds.'\n"}}},
    {"a star import",
     {{"hubconf.py", "from net import *\n"},
      {"net.py", "def a(): pass\ndef b(): pass\ndef _c(): pass\n"}}},
    {"a star import with __all__",
     {{"hubconf.py", "from net import *\n"},
      {"net.py", "__all__ = ['a']\ndef a(): pass\ndef b(): pass\n"}}},
    {"a chain of star imports",
     {{"hubconf.py", "from a import *\n"},
      {"a.py", "from b import *\ndef x(): pass\n"},
      {"b.py", "def y(): pass\n"}}},
    {"files that import each other",
     {{"hubconf.py", "from a import f\n"},
      {"a.py", "import b\ndef f(): pass\n"},
      {"b.py", "import a\n"}}},
    {"a submodule as a name",
     {{"hubconf.py", "from models import net\ndef f(): pass\n"},
      {"models/__init__.py", ""},
      {"models/net.py", ""}}},
    {"an edited sys.path",
     {{"hubconf.py",
       "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), 'src'))\n"
       "from deep import f\n"},
      {"src/deep.py", "def f(): pass\n"}},
     false},
    {"a file beside it",
     {{"hubconf.py",
       "import os\nTEXT = open(os.path.join(os.path.dirname(__file__), 'x.txt')).read()\n"
       "def f(): pass\n"},
      {"x.txt", "x"}},
     false},
    one("a missing import", "import nonexistent_a\ndef f(): pass\n"),
    one("a missing dependency", "dependencies = ['nonexistent_a']\ndef f(): pass\n"),
    one("a syntax error", "def f(\n"),
    one("an exception", "def f(): pass\nraise ValueError('no')\n"),
};

Names names_of(const std::vector<EntryPoint>& entries) {
  Names names;
  for (const EntryPoint& entry : entries) names.push_back(entry.name);
  return names;
}

TEST(HubconfShapes, ReadAndRunShowTheSameOrSayThatTheyMayNot) {
  ASSERT_GE(kShapes.size(), 40u);
  std::deque<tests::TrustedRepository> repositories;
  // Made by shell quoting's rules: names of temporary folders have none of its characters.
  std::string command =
      std::string("'") + TORCHHUB_PYTHON_EXECUTABLE + "' -I tests/python/hubconf_shapes.py";
  for (const Shape& shape : kShapes) {
    Files files = shape.files;
    // A large file, which is read all the same.
    if (shape.name == std::string("functions"))
      for (int i = 0; i < 20'000; ++i)
        files["hubconf.py"] += "VALUE_" + std::to_string(i) + " = 1\n";
    repositories.emplace_back(files);
    command += " '" + repositories.back().folder().string() + "'";
  }
  const tests::Outcome outcome = tests::run({"/bin/sh", "-c", command + " 3>&1 >/dev/null"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json::array python = json::parse(outcome.out).as_array();
  ASSERT_EQ(python.size(), kShapes.size());
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    SCOPED_TRACE(kShapes[i].name);
    Listing read;
    try {
      read = StaticHubconf(repositories[i].folder()).listing();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), errc::bad_hubconf);
      EXPECT_EQ(python[i], json::value("SyntaxError"));
      continue;
    }
    if (python[i].is_string()) {
      // What Python raises is foreseen.
      EXPECT_FALSE(read.import_problems.empty());
      continue;
    }
    const Names real = json::value_to<Names>(python[i]);
    const Names static_names = names_of(read.entry_points);
    EXPECT_EQ(read.complete, kShapes[i].is_complete);
    if (read.complete) {
      EXPECT_EQ(static_names, real);
    } else {
      for (const std::string& name : static_names) {
        const bool is_real = std::find(real.begin(), real.end(), name) != real.end();
        // Of two branches both are shown.
        const bool is_branch = kShapes[i].name == std::string("a conditional definition") ||
                               kShapes[i].name == std::string("try and except");
        EXPECT_TRUE(is_real || is_branch) << name;
      }
    }
    if (!read.missing_dependencies.empty()) continue;
    EXPECT_EQ(names_of(Hubconf(repositories[i].source()).listing().entry_points), real);
  }
}

}  // namespace
}  // namespace torchhub::python
