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
        false),
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
     false},
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
        false),
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
        false),
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
        "def f(): pass\n"),
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
        EXPECT_TRUE(is_real || kShapes[i].lists_more) << name;
      }
    }
    if (!read.missing_dependencies.empty()) continue;
    EXPECT_EQ(names_of(Hubconf(repositories[i].source()).listing().entry_points), real);
  }
}

}  // namespace
}  // namespace torchhub::python
