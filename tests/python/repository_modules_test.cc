// Two repositories, or two refs of one, in one process: each finds its own modules.

#include <torchhub/python/error.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/trusted.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>

namespace torchhub::python {
namespace {

using testing::ElementsAre;
using tests::TrustedRepository;
using Files = std::map<std::string, std::string>;

// What an entry point says, by raising it: there is no other way back for values.
std::string told_by(const Hubconf& conf, std::string_view name,
                    const Arguments& arguments = Arguments()) {
  try {
    conf.call(name, arguments);
  } catch (const PythonException& raised) {
    return raised.message();
  }
  return "(nothing was raised)";
}

// Modules of the usual names, which all tell whose they are.
Files files_of(const std::string& owner) {
  return {{"utils.py", "OWNER = '" + owner + "'\n"},
          {"lazy.py", "OWNER = '" + owner + "'\n"},
          {"models/__init__.py", ""},
          {"models/net.py",
           "from .part import OWNER\nfrom utils import OWNER as UTIL\nclass Net:\n    def "
           "owner(self):\n"
           "        from lazy import OWNER as LAZY\n        import models.later\n"
           "        return OWNER + UTIL + LAZY + models.later.OWNER\n"},
          {"models/part.py", "OWNER = '" + owner + "'\n"},
          {"models/later.py", "OWNER = '" + owner + "'\n"},
          {"plain/inner.py", "OWNER = '" + owner + "'\n"},
          {"src/deep.py", "OWNER = '" + owner + "'\n"},
          {"hubconf.py", R"(
import importlib, os, sys
import utils
from models.net import Net
sys.path.append(os.path.join(os.path.dirname(__file__), 'src'))

def tell(): raise ValueError(utils.OWNER + Net().owner())
def make(): return Net()
def tell_of(net): raise ValueError(net.owner())
def by_name():
    module = importlib.import_module('models.later')
    again = __import__('plain.inner').inner
    from plain import inner
    import deep
    raise ValueError(module.OWNER + again.OWNER + inner.OWNER + deep.OWNER)
def pickled():
    import pickle
    raise ValueError(pickle.loads(pickle.dumps(Net())).owner())
def nested(other): raise ValueError(utils.OWNER + other() + Net().owner())
def closure():
    def later():
        import lazy, importlib
        return lazy.OWNER + importlib.import_module('utils').OWNER
    return later
def tell_closure(later): raise ValueError(later())
)"}};
}

class RepositoryModulesTest : public testing::Test {
 protected:
  TrustedRepository first_{files_of("a")};
  TrustedRepository second_{files_of("b")};
  Hubconf a_{first_.source()};
  Hubconf b_{second_.source()};
};

TEST_F(RepositoryModulesTest, AreEachRepositorysOwn) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(told_by(a_, "tell"), "aaaaa");
    EXPECT_EQ(told_by(b_, "tell"), "bbbbb");
  }
}

TEST_F(RepositoryModulesTest, AreFoundInMethodsThatAreCalledLater) {
  const Object net = a_.call("make", Arguments());
  // Another repository's turn, in which a's object imports for the first time.
  EXPECT_EQ(told_by(b_, "tell_of", Arguments().positional(net)), "aaaa");
}

TEST_F(RepositoryModulesTest, AreFoundByName) {
  EXPECT_EQ(told_by(a_, "by_name"), "aaaa");
  EXPECT_EQ(told_by(b_, "by_name"), "bbbb");
}

TEST_F(RepositoryModulesTest, AreFoundByPickleDuringTheCall) {
  EXPECT_EQ(told_by(a_, "pickled"), "aaaa");
  EXPECT_EQ(told_by(b_, "pickled"), "bbbb");
}

TEST_F(RepositoryModulesTest, MayTakeTurnsInsideOneAnother) {
  const Object later = b_.call("closure", Arguments());
  EXPECT_EQ(told_by(a_, "nested", Arguments().positional(later)), "abbaaaa");
}

TEST_F(RepositoryModulesTest, AreFoundFromManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const bool is_a = i % 2 == 0;
      const Hubconf& conf = is_a ? a_ : b_;
      for (int k = 0; k < 50; ++k) {
        if (told_by(conf, k % 2 == 0 ? "tell" : "by_name") !=
            std::string(k % 2 == 0 ? 5 : 4, is_a ? 'a' : 'b'))
          ++wrong;
        const Object later = conf.call("closure", Arguments());
        if (told_by(is_a ? b_ : a_, "tell_closure", Arguments().positional(later)) !=
            (is_a ? "aa" : "bb"))
          ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(RepositoryModulesTest, AreFoundByThreadsOfAnEntryPoint) {
  const TrustedRepository repository({{"part.py", "VALUE = 3\n"}, {"hubconf.py", R"(
def f():
    from concurrent.futures import ThreadPoolExecutor
    def work(_):
        import part
        return part.VALUE
    with ThreadPoolExecutor(4) as pool:
        raise ValueError(sum(pool.map(work, range(8))))
)"}});
  EXPECT_EQ(told_by(Hubconf(repository.source()), "f"), "24");
}

TEST_F(RepositoryModulesTest, LeaveTheProgramsOwnAlone) {
  const TrustedRepository host(Files{{"hubconf.py", R"(
import sys, types
def plant():
    for name in ('utils', 'models'):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].OWNER = 'host'
def look():
    raise ValueError((sys.modules['utils'].OWNER, sys.modules['models'].OWNER,
                      [entry for entry in sys.path if 'torchhub.' in entry and 'src' in entry],
                      [name for name in ('lazy', 'deep', 'plain', 'hubconf') if name in sys.modules]))
)"}});
  const Hubconf program(host.source());
  program.call("plant", Arguments());
  EXPECT_EQ(told_by(a_, "tell"), "aaaaa");
  const Hubconf again(second_.source());
  EXPECT_EQ(told_by(again, "by_name"), "bbbb");
  EXPECT_EQ(told_by(program, "look"), "('host', 'host', [], [])");
}

TEST_F(RepositoryModulesTest, AreLoadedOnceForAFolder) {
  const TrustedRepository repository(
      {{"count.py",
        "import os\nos.environ['TORCHHUB_COUNT'] = str(1 + int(os.environ.get('TORCHHUB_COUNT', "
        "0)))\n"},
       {"hubconf.py",
        "import count, os\ndef f(): raise ValueError(os.environ['TORCHHUB_COUNT'])\n"}});
  EXPECT_EQ(told_by(Hubconf(repository.source()), "f"), "1");
  EXPECT_EQ(told_by(Hubconf(repository.source()), "f"), "1");
}

TEST_F(RepositoryModulesTest, MayBeDataclassesWithAnnotationsAsText) {
  const TrustedRepository repository(Files{{"hubconf.py", R"(
from __future__ import annotations
from dataclasses import dataclass, asdict
import typing
@dataclass
class Size:
    width: int
    kind: typing.ClassVar[str] = 'x'
def f(): raise ValueError(asdict(Size(3)))
)"}});
  EXPECT_EQ(told_by(Hubconf(repository.source()), "f"), "{'width': 3}");
}

TEST_F(RepositoryModulesTest, DoNotHideWhatEverybodyShares) {
  const Files files{{"hubconf.py", "import os\ndef f(): raise ValueError(os.sep)\n"},
                    {"os.py", "sep = 'mine'\n"},
                    {"cmd.py", "VALUE = 5\n"}};
  EXPECT_EQ(told_by(Hubconf(TrustedRepository(files).source()), "f"), "/");
}

TEST_F(RepositoryModulesTest, MayHaveTheNamesOfModulesThatNobodyHasLoaded) {
  // As in Python, whose standard library has a module of that name; and for the repository alone.
  const TrustedRepository repository(
      Files{{"hubconf.py",
             "import this_is_no_stdlib, colorsys\ndef f(): raise ValueError(colorsys.VALUE)\n"},
            {"this_is_no_stdlib.py", ""},
            {"colorsys.py", "VALUE = 5\n"}});
  EXPECT_EQ(told_by(Hubconf(repository.source()), "f"), "5");
  const TrustedRepository other(Files{
      {"hubconf.py", "import colorsys\ndef f(): raise ValueError(hasattr(colorsys, 'VALUE'))\n"}});
  EXPECT_EQ(told_by(Hubconf(other.source()), "f"), "False");
}

TEST_F(RepositoryModulesTest, MayBeWrittenWhileTheRepositoryRuns) {
  const TrustedRepository repository(Files{{"hubconf.py", R"(
import os
def f():
    with open(os.path.join(os.path.dirname(__file__), 'made_up.py'), 'w') as file:
        file.write('VALUE = 4')
    import made_up
    raise ValueError(made_up.VALUE)
)"}});
  EXPECT_EQ(told_by(Hubconf(repository.source()), "f"), "4");
}

TEST_F(RepositoryModulesTest, FailAsTheyDoInPython) {
  const TrustedRepository repository({{"broken.py", "1 / 0\n"},
                                      {"hubconf.py", R"(
def missing(): import nowhere_at_all
def missing_part(): import utils_of_mine.part
def broken(): import broken
def name(): from lost import thing
)"},
                                      {"utils_of_mine/__init__.py", ""},
                                      {"lost.py", ""}});
  const Hubconf conf(repository.source());
  EXPECT_EQ(told_by(conf, "missing"), "No module named 'nowhere_at_all'");
  EXPECT_EQ(told_by(conf, "missing_part"), "No module named 'utils_of_mine.part'");
  EXPECT_EQ(told_by(conf, "broken"), "division by zero");
  EXPECT_EQ(told_by(conf, "broken"), "division by zero");
  EXPECT_THAT(told_by(conf, "name"), testing::StartsWith("cannot import name 'thing' from 'lost'"));
  // And the next one is not disturbed.
  EXPECT_EQ(told_by(a_, "tell"), "aaaaa");
}

// What Python keeps beside a source may say other things (PEP 552), and says them first.
class CompiledModulesTest : public testing::Test {
 protected:
  // Compiles `text` to where `source` would be kept compiled, never to be compared with it; or to `target`.
  std::string planter() const {
    return R"(
def plant(text, source, target=None):
    import importlib.util, marshal, os
    target = target or importlib.util.cache_from_source(source)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, 'wb') as file:
        file.write(importlib.util.MAGIC_NUMBER + (1).to_bytes(4, 'little') + bytes(8))
        file.write(marshal.dumps(compile(text, source, 'exec')))
)";
  }
};

TEST_F(CompiledModulesTest, AreNeitherReadNorWritten) {
  const TrustedRepository repository(Files{{"mine.py", "WHO = 'source'\n"},
                                           {"package/__init__.py", "WHO = 'source'\n"},
                                           {"package/inner.py", "WHO = 'source'\n"},
                                           {"by_hand.py", "WHO = 'source'\n"},
                                           {"hubconf.py", R"(
import os
here = os.path.dirname(__file__)
def tell():
    import importlib.util, mine, package.inner
    spec = importlib.util.spec_from_file_location('by_hand', os.path.join(here, 'by_hand.py'))
    by_hand = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(by_hand)
    raise ValueError(' '.join([mine.WHO, package.WHO, package.inner.WHO, by_hand.WHO]))
)"}});
  // By the interpreter's own rules, in another repository, whose code may do what it likes.
  const TrustedRepository other(Files{{"hubconf.py", planter() + R"(
def plant_all(folder):
    import sys
    for name in ('mine', 'package/__init__', 'package/inner', 'by_hand', 'hubconf'):
        head, _, tail = name.rpartition('/')
        target = '%s/%s__pycache__/%s.%s.pyc' % (folder, head and head + '/', tail, sys.implementation.cache_tag)
        plant("WHO = 'planted'", '%s/%s.py' % (folder, name), target)
)"}});
  Hubconf(other.source()).call("plant_all", Arguments().positional(repository.folder().string()));
  ASSERT_TRUE(std::filesystem::exists(repository.folder() / "package/__pycache__"));
  const Hubconf conf(repository.source());
  EXPECT_EQ(told_by(conf, "tell"), "source source source source");
  EXPECT_FALSE(std::filesystem::exists(other.folder() / "__pycache__"));
}

TEST_F(CompiledModulesTest, AreNotMade) {
  const TrustedRepository repository(Files{{"mine.py", "WHO = 'source'\n"},
                                           {"package/__init__.py", ""},
                                           {"package/inner.py", "WHO = 'source'\n"},
                                           {"hubconf.py", R"(
import mine, package.inner
def tell():
    import importlib.util, os
    spec = importlib.util.spec_from_file_location('again', os.path.join(os.path.dirname(__file__), 'mine.py'))
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    raise ValueError(again.WHO)
)"}});
  const Hubconf conf(repository.source());
  EXPECT_EQ(told_by(conf, "tell"), "source");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(repository.folder()))
    EXPECT_NE(entry.path().filename(), "__pycache__") << entry.path();
}

TEST_F(CompiledModulesTest, AreNoModulesWithoutTheirSource) {
  const TrustedRepository repository(
      Files{{"src/twice.py", "WHO = 'source'\n"}, {"hubconf.py", planter() + R"(
import os, sys
here = os.path.dirname(__file__)
sys.path.append(os.path.join(here, 'src'))
def tell():
    plant("WHO = 'planted'", 'extra.py', os.path.join(here, 'extra.pyc'))
    plant("WHO = 'planted'", 'twice.py', os.path.join(here, 'twice.pyc'))
    plant("WHO = 'planted'", 'whole.py', os.path.join(here, 'whole', '__init__.pyc'))
    import importlib
    importlib.invalidate_caches()
    import twice
    try:
        from extra import WHO
    except ImportError:
        WHO = 'none'
    try:
        from whole import WHO as WHOLE
    except ImportError:
        WHOLE = 'none'
    raise ValueError(twice.WHO + ' ' + WHO + ' ' + WHOLE)
)"}});
  EXPECT_EQ(told_by(Hubconf(repository.source()), "tell"), "source none none");
}

}  // namespace
}  // namespace torchhub::python
