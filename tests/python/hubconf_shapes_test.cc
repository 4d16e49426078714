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
  bool lists_more = false;  ///< whether reading it shows both of two ways through it
};

Shape one(const char* name, const char* hubconf, bool is_complete = true, bool lists_more = false) {
  return {name, {{"hubconf.py", hubconf}}, is_complete, lists_more};
}

const std::vector<Shape> kShapes = {
    one("functions", "def f(a, b=1): 'F.'\ndef g(*args, **kwargs): pass\n"),
    one("keyword-only", "def f(*, pretrained: bool = True) -> object: 'F.'\n"),
    one("hidden", "def _f(): pass\ndef f(): pass\n"),
    one("async", "async def f(): pass\n"),
    one("lambda", "f = lambda x, y=2: x\n"),
    one("alias", "def f(): pass\ng = f\nh = g\n"),
    one("a class", "class Model:\n    'M.'\n    def __init__(self, n): pass\n"),
    one("partial", "from functools import partial\ndef f(a): pass\ng = partial(f, 1)\n"),
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
    one("imported names", "from math import pi, sqrt\nfrom pathlib import Path\ndef f(): pass\n"),
    one("renamed imports", "from math import sqrt as root\nimport os.path as p\ndef f(): pass\n"),
    one("a star import of the standard library", "from os.path import *\nfrom typing import *\n"),
    one("names of torch", "from torch import Tensor\ndef f(): pass\n", false),
    one("a conditional definition",
        "import os\nif os.environ.get('TORCHHUB_NO_SUCH'):\n    def f(): pass\n"
        "else:\n    def g(): pass\n",
        false, true),
    one("try and except",
        "try:\n    import nonexistent_a\n    def f(): pass\nexcept ImportError:\n"
        "    def g(): pass\n",
        false, true),
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
    one("unpacked", "def f(): pass\na, b = f, 3\n"),
    one("annotated", "from typing import Callable\nf: Callable = lambda: None\nn: int = 3\n"),
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
      {"src/deep.py", "def f(): pass\n"}}},
    {"a file beside it",
     {{"hubconf.py",
       "import os\nTEXT = open(os.path.join(os.path.dirname(__file__), 'x.txt')).read()\n"
       "def f(): pass\n"},
      {"x.txt", "x"}},
     false},
    {"sys.path by os.path.join",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by abspath",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path.append(os.path.dirname(os.path.abspath(__file__)) + '/src')\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by pathlib",
     {{"hubconf.py",
       "import sys\n"
       "import pathlib\n"
       "HERE = pathlib.Path(__file__).parent\n"
       "sys.path.insert(0, str(HERE.joinpath('src')))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by an f-string",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "HERE = os.path.dirname(__file__)\n"
       "sys.path.insert(0, f'{HERE}/src')\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by %",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path.insert(0, '%s/src' % os.path.dirname(__file__))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by format()",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path.insert(0, '{}/src'.format(os.path.dirname(__file__)))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by a renamed os.path",
     {{"hubconf.py",
       "import sys\n"
       "import os.path as osp\n"
       "sys.path.insert(0, osp.join(osp.dirname(osp.abspath(__file__)), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by names of os.path",
     {{"hubconf.py",
       "import sys\n"
       "from os.path import join as _join, dirname as _d\n"
       "sys.path.insert(0, _join(_d(__file__), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path +=",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path += [os.path.join(os.path.dirname(__file__), 'src')]\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path.extend",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path.extend([os.path.join(os.path.dirname(__file__), d) for d in ('none','src')])\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path assigned",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path = [os.path.join(os.path.dirname(__file__), 'src')] + sys.path\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"a slice of sys.path",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path[0:0] = [os.path.join(os.path.dirname(__file__), 'src')]\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"path of sys",
     {{"hubconf.py",
       "import os\n"
       "from sys import path\n"
       "path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path under another name",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "p = sys.path\n"
       "p.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path unless it is there",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "ROOT=os.path.join(os.path.dirname(__file__), 'src')\n"
       "if ROOT not in sys.path:\n"
       "    sys.path.insert(0, ROOT)\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by a function",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "def add_path(p):\n"
       "    if p not in sys.path:\n"
       "        sys.path.insert(0, p)\n"
       "this_dir = os.path.dirname(__file__)\n"
       "add_path(os.path.join(this_dir, 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by a function that may return",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "def add_path(p):\n"
       "    if p in sys.path: return\n"
       "    sys.path.insert(0, p)\n"
       "add_path(os.path.join(os.path.dirname(__file__), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by a module",
     {{"hubconf.py",
       "import _init_paths\n"
       "from quaynets.nets import net\n"},
      {"_init_paths.py",
       "import os, sys\n"
       "sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'src'))\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path in a loop",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "for d in ['none', 'src']:\n"
       "    sys.path.append(os.path.join(os.path.dirname(__file__), d))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by inspect",
     {{"hubconf.py",
       "import sys\n"
       "import os, inspect\n"
       "sys.path.append(os.path.join(os.path.dirname(os.path.abspath(inspect.getfile(inspect."
       "currentframe()))), 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path by Path.parents",
     {{"hubconf.py",
       "import sys\n"
       "from pathlib import Path as _P\n"
       "sys.path.append(str(_P(__file__).resolve().parents[0] / 'src'))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"sys.path if the folder exists",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "D=os.path.join(os.path.dirname(__file__), 'src')\n"
       "if os.path.isdir(D):\n"
       "    sys.path.append(D)\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}}},
    {"two folders with one name",
     {{"hubconf.py",
       "import os, sys\n"
       "H=os.path.dirname(__file__)\n"
       "sys.path.insert(0,H+'/a')\n"
       "sys.path.insert(0,H+'/b')\n"
       "from m import *\n"},
      {"a/m.py", "def in_a(): pass\n"},
      {"b/m.py", "def in_b(): pass\n"}}},
    {"a folder behind the first",
     {{"hubconf.py",
       "import os, sys\n"
       "H=os.path.dirname(__file__)\n"
       "sys.path.insert(1,H+'/a')\n"
       "from m import *\n"},
      {"a/m.py", "def in_a(): pass\n"},
      {"m.py", "def top(): pass\n"}}},
    {"sys.path if the environment says so",
     {{"hubconf.py",
       "import os, sys\n"
       "H=os.path.dirname(__file__)\n"
       "if os.environ.get('NOPE'):\n"
       "    sys.path.insert(0,H+'/a')\n"
       "from m import *\n"},
      {"a/m.py", "def in_a(): pass\n"},
      {"m.py", "def top(): pass\n"}},
     false,
     true},
    {"a folder that leaves sys.path again",
     {{"hubconf.py",
       "import os, sys\n"
       "H=os.path.dirname(__file__)\n"
       "sys.path.insert(0,H+'/a')\n"
       "sys.path.remove(H+'/a')\n"
       "from m import *\n"},
      {"a/m.py", "def in_a(): pass\n"},
      {"m.py", "def top(): pass\n"}}},
    {"sys.path in try and except",
     {{"hubconf.py",
       "import os, sys\n"
       "H=os.path.dirname(__file__)\n"
       "try:\n"
       "    import nonexistent_zz\n"
       "    sys.path.insert(0,H+'/a')\n"
       "except ImportError:\n"
       "    sys.path.insert(0,H+'/b')\n"
       "from m import *\n"},
      {"a/m.py", "def in_a(): pass\n"},
      {"b/m.py", "def in_b(): pass\n"}},
     false},
    {"sys.path from the environment",
     {{"hubconf.py",
       "import sys\n"
       "import os\n"
       "sys.path.append(os.environ.get('NOPE', os.path.join(os.path.dirname(__file__), 'src')))\n"
       "from quaynets.nets import net\n"},
      {"src/quaynets/__init__.py", ""},
      {"src/quaynets/nets.py",
       "import torch\n"
       "def net(width=2):\n"
       "    'A net.'\n"
       "    return torch.nn.Linear(width, 1)\n"
       "def other(): pass\n"}},
     false},
    {"a call's result, imported",
     {{"hubconf.py", "from wharf.nets import plain, net_b\n"},
      {"wharf/__init__.py", ""},
      {"wharf/nets.py",
       "def make(name):\n"
       "    def build(pretrained=False):\n"
       "        \"Made.\"\n"
       "        return name\n"
       "    return build\n"
       "def plain():\n"
       "    \"Plain.\"\n"
       "net_b = make('b')\n"}},
     false},
    {"a call's result through __init__",
     {{"hubconf.py", "from wharf import plain, net_b\n"},
      {"wharf/__init__.py", "from .nets import plain, net_b\n"},
      {"wharf/nets.py",
       "def make(name):\n"
       "    def build(pretrained=False):\n"
       "        \"Made.\"\n"
       "        return name\n"
       "    return build\n"
       "def plain():\n"
       "    \"Plain.\"\n"
       "net_b = make('b')\n"}},
     false},
    {"a call's result under another name",
     {{"hubconf.py", "from wharf.nets import net_b as published\n"},
      {"wharf/__init__.py", ""},
      {"wharf/nets.py",
       "def make(name):\n"
       "    def build(pretrained=False):\n"
       "        \"Made.\"\n"
       "        return name\n"
       "    return build\n"
       "def plain():\n"
       "    \"Plain.\"\n"
       "net_b = make('b')\n"}},
     false},
    {"a call's result in a star import",
     {{"hubconf.py", "from wharf.nets import *\n"},
      {"wharf/__init__.py", ""},
      {"wharf/nets.py",
       "def make(name):\n"
       "    def build(pretrained=False):\n"
       "        \"Made.\"\n"
       "        return name\n"
       "    return build\n"
       "def plain():\n"
       "    \"Plain.\"\n"
       "net_b = make('b')\n"}},
     false},
    {"a call's result in __all__",
     {{"hubconf.py", "from wharf.nets import *\n"},
      {"wharf/__init__.py", ""},
      {"wharf/nets.py",
       "__all__=['net_b']\n"
       "def make(name):\n"
       "    def build(pretrained=False):\n"
       "        \"Made.\"\n"
       "        return name\n"
       "    return build\n"
       "def plain():\n"
       "    \"Plain.\"\n"
       "net_b = make('b')\n"}},
     false},
    {"a call's result as an attribute",
     {{"hubconf.py",
       "import wharf.nets\n"
       "f = wharf.nets.net_b\n"},
      {"wharf/__init__.py", ""},
      {"wharf/nets.py",
       "def make(name):\n"
       "    def build(pretrained=False):\n"
       "        \"Made.\"\n"
       "        return name\n"
       "    return build\n"
       "def plain():\n"
       "    \"Plain.\"\n"
       "net_b = make('b')\n"}},
     false},
    one("a method",
        "class A:\n"
        "    def m(self): pass\n"
        "f = A().m\n",
        false),
    one("a builtin", "f = print\n"),
    one("a loop's target", "for f in (print,): pass\n", false),
    one("a with's target",
        "import contextlib\n"
        "with contextlib.nullcontext(print) as f: pass\n",
        false),
    one("a walrus", "if (f := print): pass\n"),
    one("an item",
        "d = {'f': print}\n"
        "f = d['f']\n",
        false),
    one("one of two by the environment",
        "import os\n"
        "f = print if os.environ.get('X') is None else None\n",
        false),
    one("an or", "f = None or print\n"),
    one("an operator's result",
        "class A:\n"
        "    def __add__(self, o): return print\n"
        "f = A() + 1\n",
        false),
    one("an operator's result from the right",
        "class A:\n"
        "    def __radd__(self, o): return print\n"
        "f = 'x' + A()\n",
        false),
    one("a decorated class",
        "def deco(c): return 3\n"
        "@deco\n"
        "class A: pass\n",
        false, true),
    one("a metaclass that is a function",
        "def meta(n,b,d): return 3\n"
        "class A(metaclass=meta): pass\n",
        false, true),
    one("global in a function that is called",
        "def f(): pass\n"
        "def setup():\n"
        "    global g\n"
        "    g = f\n"
        "setup()\n",
        true),
    one("globals() in a function that is called",
        "def f(): pass\n"
        "def setup(n):\n"
        "    globals()[n] = f\n"
        "setup('g')\n",
        false),
    one("globals() in a function that others call",
        "def f(): pass\n"
        "def add(n): globals()[n] = f\n"
        "list(map(add, ['g']))\n",
        false),
    {"setattr of a module",
     {{"hubconf.py",
       "import m\n"
       "setattr(m, 'g', print)\n"
       "from m import *\n"},
      {"m.py", "def f(): pass\n"}},
     true},
    {"an assigned attribute of a module",
     {{"hubconf.py",
       "import m\n"
       "m.g = m.f\n"
       "from m import *\n"},
      {"m.py", "def f(): pass\n"}}},
    {"a module's __dict__",
     {{"hubconf.py",
       "import m\n"
       "m.__dict__['g'] = m.f\n"
       "from m import *\n"},
      {"m.py", "def f(): pass\n"}},
     false},
    one("not a main guard",
        "if __name__ != '__main__':\n"
        "    def f(): pass\n"),
    {"__all__ +=",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "__all__ = ['f']\n"
       "__all__ += ['_g']\n"
       "def f(): pass\n"
       "def _g(): pass\n"
       "def h(): pass\n"}}},
    {"__all__.extend",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "__all__ = ['f']\n"
       "__all__.extend(['g'])\n"
       "def f(): pass\n"
       "def g(): pass\n"
       "def h(): pass\n"}}},
    {"a computed __all__",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "__all__ = [n for n in dir() if n.startswith('f')]\n"
       "def f(): pass\n"}},
     false,
     true},
    {"__all__ of a part",
     {{"hubconf.py", "from p import *\n"},
      {"p/__init__.py",
       "from .a import *\n"
       "from . import a\n"
       "__all__ = a.__all__ + ['g']\n"
       "def g(): pass\n"
       "def h(): pass\n"},
      {"p/a.py",
       "__all__ = ['f']\n"
       "def f(): pass\n"}}},
    {"an empty __all__",
     {{"hubconf.py",
       "from m import *\n"
       "def z(): pass\n"},
      {"m.py",
       "__all__ = []\n"
       "def f(): pass\n"}}},
    {"a submodule in __all__",
     {{"hubconf.py", "from p import *\n"},
      {"p/__init__.py",
       "__all__ = ['a','g']\n"
       "def g(): pass\n"},
      {"p/a.py", "def f(): pass\n"}}},
    {"a function that a submodule hides",
     {{"hubconf.py",
       "import p.net\n"
       "from p import net\n"},
      {"p/__init__.py", "def net(): pass\n"},
      {"p/net.py", "def x(): pass\n"}}},
    {"a submodule that a function hides",
     {{"hubconf.py", "import p.net as n\n"},
      {"p/__init__.py", "from .net import net\n"},
      {"p/net.py", "def net(): pass\n"}}},
    {"a package without __init__",
     {{"hubconf.py",
       "from models.net import build\n"
       "from models import net\n"},
      {"models/net.py", "def build(): pass\n"}}},
    one("from __future__",
        "from __future__ import annotations\n"
        "def f(): pass\n"),
    one("__dir__",
        "def f(): pass\n"
        "def g(): pass\n"
        "def __dir__(): return ['f']\n",
        false, true),
    {"a star import that hides",
     {{"hubconf.py",
       "def f(): pass\n"
       "from m import *\n"},
      {"m.py", "f = 3\n"}}},
    one("deleted in a block",
        "def f(): pass\n"
        "if True:\n"
        "    del f\n"),
    one("an optional import",
        "try:\n"
        "    import nonexistent_q\n"
        "except ImportError:\n"
        "    nonexistent_q = None\n"
        "def f(): pass\n"),
    one("a fallback",
        "try:\n"
        "    from nonexistent_q import f\n"
        "except ImportError:\n"
        "    def f(): pass\n",
        false),
    one("a name that except deletes",
        "def e(): pass\n"
        "try:\n"
        "    raise ValueError\n"
        "except ValueError as e: pass\n"),
    one("a while",
        "n = 3\n"
        "while n:\n"
        "    f = print\n"
        "    n -= 1\n",
        false),
    one("names that move in a loop",
        "def g(): pass\n"
        "a = b = None\n"
        "for i in range(3):\n"
        "    a = b\n"
        "    b = g\n",
        true),
    one("match",
        "match 3:\n"
        "    case 3:\n"
        "        def f(): pass\n",
        false),
    one("modules of torch",
        "from torch import nn\n"
        "import torch.nn.functional as F\n"
        "import torch.backends.cudnn as cudnn\n"
        "def f(): pass\n"),
    one("a module that a function hides elsewhere",
        "import torch.nn.parallel.data_parallel as dp\n"
        "def f(): pass\n",
        false),
    one("a logger",
        "import logging\n"
        "logger = logging.getLogger(__name__)\n"
        "def f(): pass\n"),
    one("a generic alias",
        "X = list[int]\n"
        "def f(): pass\n",
        false),
    one("hidden maybes",
        "_x = print\n"
        "_y = len([1])\n"
        "def f(): pass\n"),
    one("a named tuple",
        "import collections\n"
        "P = collections.namedtuple('P','a b')\n"),
    one("a dataclass",
        "import dataclasses\n"
        "@dataclasses.dataclass\n"
        "class A:\n"
        "    x: int = 1\n"),
    one("global in a class",
        "def f(): pass\n"
        "class A:\n"
        "    global g\n"
        "    g = f\n",
        false),
    one("globals() in a class",
        "def f(): pass\n"
        "class A:\n"
        "    globals()['g'] = f\n",
        false),
    one("globals() in a default",
        "def f(): pass\n"
        "def h(x=globals().update(g=f)): pass\n",
        false),
    one("globals() in a decorator",
        "def reg(fn):\n"
        "    globals()['g'] = fn\n"
        "    return fn\n"
        "@reg\n"
        "def f(): pass\n",
        false),
    one("globals() in the decorator of what is hidden",
        "def reg(fn):\n"
        "    globals()['g'] = fn\n"
        "    return fn\n"
        "@reg\n"
        "def _f(): pass\n",
        false),
    one("globals under another name",
        "g = globals\n"
        "g()['f'] = print\n",
        false),
    one("names that move through a hidden one",
        "def _g(): pass\n"
        "a = None\n"
        "_b = None\n"
        "for i in range(3):\n"
        "    a = _b\n"
        "    _b = _g\n",
        true),
    {"another module's frames",
     {{"hubconf.py",
       "from m import add\n"
       "add()\n"},
      {"m.py",
       "import inspect\n"
       "def add():\n"
       "    inspect.currentframe().f_back.f_globals['g'] = print\n"}},
     false},
    one("unpacked twice",
        "def f(): pass\n"
        "a, (b, c) = f, (3, f)\n"),
    one("unpacked from a call",
        "def two(): return print, 3\n"
        "a, b = two()\n",
        false),
    one("unpacked with a star", "a, *b = print, 3, 4\n", false),
    one("with suppress",
        "import contextlib\n"
        "with contextlib.suppress(ImportError):\n"
        "    import nonexistent_q\n"
        "    def f(): pass\n",
        false, true),
    one("with no_grad",
        "import torch\n"
        "with torch.no_grad():\n"
        "    def f(): pass\n"),
    one("a raise in a block",
        "import os\n"
        "if os.environ.get('NOPE'):\n"
        "    raise RuntimeError\n"
        "def f(): pass\n",
        false),
    one("a version",
        "import sys\n"
        "if sys.version_info >= (3, 8):\n"
        "    def f(): pass\n"
        "else:\n"
        "    def g(): pass\n"),
    one("a platform",
        "import sys\n"
        "if sys.platform == 'win32':\n"
        "    def f(): pass\n"
        "else:\n"
        "    def g(): pass\n"),
    one("TYPE_CHECKING",
        "import typing\n"
        "if typing.TYPE_CHECKING:\n"
        "    from nonexistent_z import X\n"
        "def f(): pass\n"),
    {"attributes of modules",
     {{"hubconf.py",
       "import m\n"
       "f = m.f\n"
       "g = m.n.h\n"},
      {"m.py",
       "import n\n"
       "def f(): pass\n"},
      {"n.py", "def h(): pass\n"}}},
    {"a submodule that another imported",
     {{"hubconf.py",
       "import p\n"
       "import q\n"
       "f = p.a.f\n"},
      {"p/__init__.py", ""},
      {"q.py", "import p.a\n"},
      {"p/a.py", "def f(): pass\n"}}},
    {"a module that replaces itself",
     {{"hubconf.py",
       "import m\n"
       "def f(): pass\n"},
      {"m.py",
       "import sys\n"
       "class C:\n"
       "    def __call__(self): pass\n"
       "sys.modules[__name__] = C()\n"}},
     false},
    {"a module's __getattr__",
     {{"hubconf.py", "from m import g\n"},
      {"m.py",
       "def __getattr__(n):\n"
       "    if n == 'g': return print\n"
       "    raise AttributeError(n)\n"}},
     false},
    one("a property", "f = property(lambda s: 1)\n", false),
    one("a static method",
        "class A:\n"
        "    @staticmethod\n"
        "    def s(): pass\n"
        "f = A.s\n",
        false),
    one("values of the environment",
        "import os\n"
        "FLAG = os.environ.get('X', '1') == '1'\n"
        "N = int(os.environ.get('N', 3))\n"
        "def f(): pass\n"),
    one("computed paths",
        "import os\n"
        "ROOT = os.path.dirname(os.path.abspath(__file__))\n"
        "URL = 'http://x/' + 'y'\n"
        "URLS = {'a': URL, 'b': [URL]}\n"
        "def f(): pass\n"),
    one("operators",
        "X = not print\n"
        "Y = -3\n"
        "Z = 3 ** 2 + 1\n"
        "W = 3 < 4\n"
        "S = {1, 2}\n"
        "G = (i for i in [1])\n"
        "def f(): pass\n"),
    {"imported and hidden",
     {{"hubconf.py", "from m import _f as f, g as _g\n"},
      {"m.py",
       "def _f(): pass\n"
       "def g(): pass\n"}}},
    {"an export decorator",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "__all__=[]\n"
       "def export(f):\n"
       "  __all__.append(f.__name__)\n"
       "  return f\n"
       "@export\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false,
     true},
    {"an export decorator of another module",
     {{"hubconf.py", "from p.m import *\n"},
      {"p/__init__.py", ""},
      {"p/reg.py",
       "import sys\n"
       "def export(fn):\n"
       "  mod=sys.modules[fn.__module__]\n"
       "  if hasattr(mod,'__all__'): mod.__all__.append(fn.__name__)\n"
       "  else: mod.__all__=[fn.__name__]\n"
       "  return fn\n"},
      {"p/m.py",
       "from .reg import export\n"
       "@export\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false,
     true},
    {"__path__ of a package",
     {{"hubconf.py", "from p.q import f\n"},
      {"p/__init__.py",
       "import os\n"
       "__path__.insert(0,os.path.join(os.path.dirname(__file__),'alt'))\n"},
      {"p/alt/q.py", "def f(): pass\n"},
      {"p/q.py", "f=3\n"}},
     false},
    {"__path__ from outside",
     {{"hubconf.py",
       "import p\n"
       "p.__path__.insert(0,p.__path__[0]+'/alt')\n"
       "from p.q import f\n"},
      {"p//init/.py", ""},
      {"p/q.py", "f=3\n"},
      {"p/alt/q.py", "def f(): pass\n"}},
     false},
    {"sys.path given to mock.patch",
     {{"hubconf.py",
       "import os,sys\n"
       "from unittest import mock\n"
       "with mock.patch.object(sys,'path',[os.path.dirname(__file__)+'/src']+sys.path):\n"
       "  from m import f\n"},
      {"src/m.py", "def f(): pass\n"},
      {"m.py", "f=3\n"}},
     false},
    {"a method of sys.path under another name",
     {{"hubconf.py",
       "import sys,os\n"
       "_i=sys.path.insert\n"
       "_i(0,os.path.dirname(__file__)+'/src')\n"
       "from m import f\n"},
      {"m.py", "f=3\n"},
      {"src/m.py", "def f(): pass\n"}},
     false},
    {"sys.path in a class",
     {{"hubconf.py",
       "import sys,os\n"
       "class _C: p=sys.path\n"
       "_C.p.insert(0,os.path.dirname(__file__)+'/src')\n"
       "from m import f\n"},
      {"m.py", "f=3\n"},
      {"src/m.py", "def f(): pass\n"}},
     false},
    {"sys under os",
     {{"hubconf.py",
       "import os\n"
       "os.sys.path.insert(0,os.path.dirname(__file__)+'/src')\n"
       "from m import f\n"},
      {"m.py", "f=3\n"},
      {"src/m.py", "def f(): pass\n"}},
     false},
    {"a standard module's name",
     {{"hubconf.py",
       "from os import getcwd, path\n"
       "from utils import u\n"
       "import statistics\n"
       "from statistics import mean\n"},
      {"utils.py", "def u(): pass\n"},
      {"statistics.py", "mean=3\n"}},
     false,
     true},
    {"__init_subclass__ with globals()",
     {{"hubconf.py",
       "class Base:\n"
       "  def __init_subclass__(c): globals()['x_'+c.__name__]=c\n"
       "class A(Base): pass\n"}},
     false},
    {"__init_subclass__ with global",
     {{"hubconf.py",
       "def x(): pass\n"
       "class _B:\n"
       "  def __init_subclass__(c,**k):\n"
       "    global x\n"
       "    x=3\n"
       "class _A(_B): pass\n"}},
     false,
     true},
    {"__class_getitem__",
     {{"hubconf.py", "from m import x\n"},
      {"m.py",
       "def x(): pass\n"
       "class _A:\n"
       "  def __getitem__(s,i):\n"
       "    global x\n"
       "    x=3\n"
       "  __class_getitem__=__getitem__\n"
       "_A['q':2]\n"}},
     false,
     true},
    {"a metaclass's __setattr__",
     {{"hubconf.py",
       "def x(): pass\n"
       "class _M(type):\n"
       "  def __setattr__(s,i,v):\n"
       "    global x\n"
       "    x=3\n"
       "class _A(metaclass=_M): pass\n"
       "_A.y=4\n"}},
     false,
     true},
    {"a metaclass's __getattr__",
     {{"hubconf.py",
       "def x(): pass\n"
       "class _M(type):\n"
       "  def __getattr__(s,i):\n"
       "    global x\n"
       "    x=3\n"
       "class _A(metaclass=_M): pass\n"
       "_A.y\n"}},
     false,
     true},
    {"a metaclass's __contains__",
     {{"hubconf.py",
       "def x(): pass\n"
       "class _M(type):\n"
       "  def __contains__(s,i):\n"
       "    global x\n"
       "    x=3\n"
       "class _A(metaclass=_M): pass\n"
       "3 in _A\n"}},
     false,
     true},
    {"a metaclass's __prepare__",
     {{"hubconf.py",
       "def x(): pass\n"
       "class M(type):\n"
       "  @classmethod\n"
       "  def __prepare__(m,n,b):\n"
       "    globals()['x']=3\n"
       "    return {}\n"
       "class A(metaclass=M): pass\n"}},
     false,
     true},
    {"a metaclass's __call__",
     {{"hubconf.py",
       "def x(): pass\n"
       "class M(type):\n"
       "  def __call__(c): globals()['x']=3\n"
       "class A(metaclass=M): pass\n"
       "A()\n"}},
     false,
     true},
    {"__set_name__",
     {{"hubconf.py",
       "class _D:\n"
       "  def __set_name__(s,o,n):\n"
       "    globals()['b']=len\n"
       "class A:\n"
       "  d=_D()\n"}},
     false},
    {"a descriptor",
     {{"hubconf.py",
       "class D:\n"
       "  def __get__(s,i,o): globals()['b']=len\n"
       "class A:\n"
       "  d=D()\n"
       "A.d\n"}},
     false},
    {"a hook that is assigned",
     {{"hubconf.py",
       "class A: pass\n"
       "A.__init_subclass__=classmethod(lambda c: globals().update(b=len))\n"
       "class B(A): pass\n"}},
     false},
    {"an operator that binds",
     {{"hubconf.py",
       "def x(): pass\n"
       "class _A:\n"
       "  def __add__(s,i):\n"
       "    global x\n"
       "    x=3\n"
       "_a=_A()\n"
       "_a+1\n"}},
     false,
     true},
    {"__iter__ that binds",
     {{"hubconf.py",
       "def x(): pass\n"
       "class A:\n"
       "  def __iter__(s):\n"
       "    globals()['x']=3\n"
       "    return iter(())\n"
       "_a=A()\n"
       "for _i in _a: pass\n"}},
     false,
     true},
    {"__enter__ that binds",
     {{"hubconf.py",
       "def x(): pass\n"
       "class A:\n"
       "  def __enter__(s): globals()['x']=3\n"
       "  def __exit__(s,*a): pass\n"
       "with A(): pass\n"}},
     false,
     true},
    {"a text that binds",
     {{"hubconf.py",
       "class _S:\n"
       "  def __str__(s):\n"
       "    globals()['b']=len\n"
       "    return ''\n"
       "_s=_S()\n"
       "x=f'{_s}'\n"}},
     false},
    {"a truth that binds",
     {{"hubconf.py",
       "class _S:\n"
       "  def __bool__(s):\n"
       "    globals()['b']=len\n"
       "    return True\n"
       "_s=_S()\n"
       "if _s: pass\n"}},
     false},
    {"a hash that binds",
     {{"hubconf.py",
       "class A:\n"
       "  def __hash__(s):\n"
       "    globals()['b']=len\n"
       "    return 1\n"
       "x={A():1}\n"}},
     false},
    {"an enumeration that binds",
     {{"hubconf.py",
       "import enum\n"
       "class E(enum.Enum):\n"
       "  def __init__(s,*a): globals()['b']=len\n"
       "  x=1\n"}},
     false},
    {"__subclasshook__",
     {{"hubconf.py",
       "import abc\n"
       "class A(abc.ABC):\n"
       "  @classmethod\n"
       "  def __subclasshook__(c,s):\n"
       "    globals()['b']=len\n"
       "    return True\n"
       "isinstance(3,A)\n"}},
     false},
    {"a walrus in annotations",
     {{"hubconf.py",
       "def a(x: (b:=len)): pass\n"
       "q: (c:=len) = 3\n"}},
     true,
     false},
    {"annotations that are not evaluated",
     {{"hubconf.py",
       "from __future__ import annotations\n"
       "def a(x: (b:=len)): pass\n"
       "q: undefined = 3\n"}},
     true,
     false},
    {"a walrus in an index",
     {{"hubconf.py",
       "[1,2][(b:=len) is None]\n"
       "x=[0]\n"
       "x[(c:=len)==3]=4\n"}},
     false},
    {"a walrus in what is raised",
     {{"hubconf.py",
       "try:\n"
       "  raise ValueError((b:=len))\n"
       "except ValueError: pass\n"}},
     false},
    {"a walrus in a default", {{"hubconf.py", "def a(x=(b:=len)): pass\n"}}, true, false},
    {"a walrus in an f-string", {{"hubconf.py", "x=f'{(b:=len)}'\n"}}, true, false},
    {"walruses in conditions",
     {{"hubconf.py",
       "x=1 if (b:=len) else 2\n"
       "y=0 and (c:=len)\n"
       "z=1 or (d:=len)\n"}},
     false},
    {"a module that looks for its importer",
     {{"hubconf.py",
       "import m\n"
       "def a(): pass\n"},
      {"m.py",
       "import inspect\n"
       "f=inspect.currentframe()\n"
       "while f:\n"
       "  f.f_globals['b']=len\n"
       "  f=f.f_back\n"}},
     false},
    {"a module that writes into its importer",
     {{"hubconf.py",
       "def a(): pass\n"
       "from reg import x\n"},
      {"reg.py",
       "import sys\n"
       "x=1\n"
       "f=sys._getframe()\n"
       "while f:\n"
       "  if f.f_globals.get('__file__','').endswith('hubconf.py'): f.f_globals['b']=len\n"
       "  f=f.f_back\n"}},
     false},
    {"a traceback's frames",
     {{"hubconf.py",
       "import m\n"
       "def a(): pass\n"},
      {"m.py",
       "try:\n"
       "  raise ValueError\n"
       "except ValueError as e:\n"
       "  t=e.__traceback__.tb_frame.f_back\n"
       "  while t:\n"
       "    t.f_globals['b']=len\n"
       "    t=t.f_back\n"}},
     false},
    {"a generator's frame",
     {{"hubconf.py",
       "def a(): pass\n"
       "_g=(i for i in ())\n"
       "_g.gi_frame.f_globals['b']=len\n"}},
     false},
    {"a lambda that is called", {{"hubconf.py", "x=(lambda: globals().update(b=len))()\n"}}, false},
    {"a thread",
     {{"hubconf.py",
       "import threading\n"
       "def f(): globals()['b']=len\n"
       "t=threading.Thread(target=f)\n"
       "t.start();t.join()\n"}},
     false},
    {"a key function",
     {{"hubconf.py",
       "def _k(x):\n"
       "  globals()['b']=len\n"
       "  return x\n"
       "x=[1]\n"
       "x.sort(key=_k)\n"}},
     false},
    {"map",
     {{"hubconf.py",
       "def _k(x):\n"
       "  globals()['b_'+x]=len\n"
       "for _ in map(_k,'xy'): pass\n"}},
     false},
    {"a callback of the standard library",
     {{"hubconf.py",
       "import re\n"
       "re.sub('a',lambda m: globals().update(b=len) or '','a')\n"}},
     false},
    {"setattr of a class",
     {{"hubconf.py",
       "class A: pass\n"
       "setattr(A,'__init_subclass__',classmethod(lambda c: globals().update(b=len)))\n"
       "class B(A): pass\n"}},
     false},
    {"a changed standard module",
     {{"hubconf.py",
       "import math\n"
       "math.pi=len\n"
       "from math import pi\n"}},
     false},
    {"an attrgetter",
     {{"hubconf.py",
       "import operator,sys\n"
       "def a(): pass\n"
       "_m=operator.attrgetter('modules')\n"
       "_m(sys)['m']=type('X',(),{'f':len})\n"
       "from m import f\n"},
      {"m.py", "f=3\n"}},
     false},
    {"global in a followed function",
     {{"hubconf.py",
       "def _s():\n"
       "  global f\n"
       "  def f(): pass\n"
       "_s()\n"}},
     true,
     false},
    {"a global that is deleted",
     {{"hubconf.py",
       "def a(): pass\n"
       "def _s():\n"
       "  global a\n"
       "  del a\n"
       "_s()\n"}},
     true},
    {"a default from before",
     {{"hubconf.py",
       "L=['src2']\n"
       "def _f(p=L[0]):\n"
       "  import sys,os\n"
       "  sys.path.insert(0,os.path.dirname(__file__)+'/'+p)\n"
       "L=['src']\n"
       "_f()\n"
       "from m import *\n"},
      {"src/m.py", "def b(): pass\n"},
      {"src2/m.py", "def c(): pass\n"}},
     true},
    {"__all__ given away",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "import bisect\n"
       "__all__=['a']\n"
       "bisect.insort(__all__,'b')\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false},
    {"__all__ with a second name",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "__all__=(_y:=['a'])\n"
       "_y.append('b')\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false},
    {"__all__ by or",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "_x=['a']\n"
       "__all__=_x or []\n"
       "_x.append('b')\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false},
    {"__all__ in a class",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "__all__=['a']\n"
       "class C:\n"
       "  x=__all__\n"
       "C.x.append('b')\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false},
    {"__all__ as an argument",
     {{"hubconf.py", "from m import *\n"},
      {"m.py",
       "_d=['a']\n"
       "def _f(*x): x[0].append('b')\n"
       "_f(_d)\n"
       "__all__=_d\n"
       "def a(): pass\n"
       "def b(): pass\n"}},
     false},
    {"__getattr__ of a module",
     {{"hubconf.py", "from m import zzz\n"}, {"m.py", "def __getattr__(n): return len\n"}},
     false,
     true},
    {"return outside of a function",
     {{"hubconf.py",
       "def a(): pass\n"
       "return\n"}},
     true,
     false},
    {"yield outside of a function",
     {{"hubconf.py",
       "def a(): pass\n"
       "yield 1\n"}},
     true,
     false},
    {"await outside of a function",
     {{"hubconf.py",
       "def a(): pass\n"
       "await a()\n"}},
     true,
     false},
    {"break outside of a loop",
     {{"hubconf.py",
       "def a(): pass\n"
       "break\n"}},
     true,
     false},
    {"a star import in a function",
     {{"hubconf.py",
       "def a():\n"
       "  from os import *\n"}},
     true,
     false},
    {"an argument twice", {{"hubconf.py", "def a(x,x): pass\n"}}, true, false},
    {"nonlocal without a binding",
     {{"hubconf.py",
       "def a():\n"
       "  nonlocal x\n"}},
     true,
     false},
    {"a late __future__",
     {{"hubconf.py",
       "def a(): pass\n"
       "from __future__ import annotations\n"}},
     true,
     false},
    {"a late global",
     {{"hubconf.py",
       "def a():\n"
       "  x=1\n"
       "  global x\n"}},
     true,
     false},
    {"__debug__",
     {{"hubconf.py",
       "def a(): pass\n"
       "__debug__=1\n"}},
     true,
     false},
    {"a default that is not defined",
     {{"hubconf.py",
       "def a(x=undefined): pass\n"
       "def b(): pass\n"}},
     true,
     false},
    {"an annotation that is not defined",
     {{"hubconf.py", "def a(x: undefined): pass\n"}},
     true,
     false},
    {"a base that is not defined", {{"hubconf.py", "class A(undefined): pass\n"}}, true, false},
    {"a decorator that is not defined",
     {{"hubconf.py",
       "@undefined\n"
       "def a(): pass\n"}},
     true,
     false},
    {"a name that is not defined",
     {{"hubconf.py",
       "def a(): pass\n"
       "undefined\n"}},
     true,
     false},
    {"an assertion that fails",
     {{"hubconf.py",
       "def a(): pass\n"
       "assert False\n"}},
     true,
     false},
    {"sys.exit",
     {{"hubconf.py",
       "def a(): pass\n"
       "import sys\n"
       "sys.exit(0)\n"
       "def b(): pass\n"}},
     true,
     false},
    {"sys.exit in a function",
     {{"hubconf.py",
       "def _f():\n"
       "  import sys\n"
       "  sys.exit()\n"
       "_f()\n"
       "def a(): pass\n"}},
     true,
     false},
    {"modules that need each other",
     {{"hubconf.py", "from a import f\n"},
      {"a.py",
       "from b import g\n"
       "def f(): pass\n"},
      {"b.py",
       "from a import f\n"
       "def g(): pass\n"}},
     true,
     false},
    {"too many arguments",
     {{"hubconf.py",
       "def a(): pass\n"
       "a(1)\n"}},
     true,
     false},
    {"too few arguments",
     {{"hubconf.py",
       "def a(x,*,k): pass\n"
       "a(1)\n"}},
     true,
     false},
    {"a function that raises",
     {{"hubconf.py",
       "def _f():\n"
       "  raise ValueError\n"
       "_f()\n"
       "def a(): pass\n"}},
     true,
     false},
    {"a division by zero", {{"hubconf.py", "x=1/0\n"}}, true, false},
    {"an index too far", {{"hubconf.py", "x=[1][3]\n"}}, true, false},
    {"a call of None", {{"hubconf.py", "x=None()\n"}}, true, false},
    {"an exception that nobody catches",
     {{"hubconf.py",
       "try:\n"
       "  raise ValueError\n"
       "except KeyError: pass\n"
       "def a(): pass\n"}},
     false},
    {"finally that returns",
     {{"hubconf.py",
       "def _f():\n"
       "  try: raise ValueError\n"
       "  finally: return 3\n"
       "_f()\n"
       "def a(): pass\n"}},
     false},
    {"a name that may be unbound",
     {{"hubconf.py",
       "import os\n"
       "if os.environ.get('NOPE_X'): a=3\n"
       "b=a\n"}},
     false},
    {"an environment variable",
     {{"hubconf.py",
       "import os\n"
       "x=os.environ['NOPE_ZZ']\n"}},
     false},
    one("a loop over a generator",
        "def x(): pass\n"
        "def _g():\n"
        "    global x\n"
        "    x = 3\n"
        "    yield 1\n"
        "for _i in _g(): pass\n",
        false, true),
    one("a search through a generator",
        "def x(): pass\n"
        "def _g():\n"
        "    global x\n"
        "    x = 3\n"
        "    yield 1\n"
        "1 in _g()\n",
        false, true),
    one("an unpacked generator",
        "def x(): pass\n"
        "def _g():\n"
        "    global x\n"
        "    x = 3\n"
        "    yield 1\n"
        "_i, = _g()\n",
        false, true),
    one("a generator in a list",
        "def x(): pass\n"
        "def _g():\n"
        "    global x\n"
        "    x = 3\n"
        "    yield 1\n"
        "_l = [*_g()]\n",
        false, true),
    one("a walrus in the index of a target",
        "_d = {}\n"
        "_d[(f := len)] = 4\n"),
    {"a broken module", {{"hubconf.py", "from m import f\n"}, {"m.py", "def f(): pass\nreturn\n"}}},
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
  if (*TORCHHUB_TORCH_FOLDER == '\0') GTEST_SKIP() << "the build's Python has no torch";
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
      // What Python raises is foreseen, or said to be possible.
      EXPECT_EQ(read.import_problems.empty(), !kShapes[i].is_complete);
      const bool lacks_package =
          !read.import_problems.empty() && read.import_problems[0].ends_with("is not installed");
      EXPECT_TRUE(!read.complete || lacks_package || !read.missing_dependencies.empty());
      continue;
    }
    const Names real = json::value_to<Names>(python[i]);
    const Names static_names = names_of(read.entry_points);
    EXPECT_EQ(read.complete, kShapes[i].is_complete);
    EXPECT_TRUE(read.import_problems.empty()) << read.import_problems[0];
    if (read.complete) {
      EXPECT_EQ(static_names, real);
    } else {
      for (const std::string& name : static_names) {
        const bool is_real = std::find(real.begin(), real.end(), name) != real.end();
        EXPECT_TRUE(is_real || kShapes[i].lists_more) << name;
      }
    }
    if (!read.missing_dependencies.empty()) continue;
    EXPECT_EQ(names_of(Hubconf(repositories[i].source()).listing().entry_points), real);
  }
}

}  // namespace
}  // namespace torchhub::python
