// A program that runs Python itself, and one that Python runs: torchhub joins the interpreter that is there.

// Python.h wants to be first.
#include <Python.h>

#include <torchhub/python/error.h>
#include <torchhub/python/hubconf.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/static_hubconf.h>
#include <torchhub/tests/support/errors.h>
#include <torchhub/tests/support/sanitizer.h>
#include <torchhub/tests/support/subprocess.h>
#include <torchhub/tests/support/trusted.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torchhub_python_config.h>

#include <map>
#include <optional>
#include <thread>

namespace torchhub::python {
namespace {

using Files = std::map<std::string, std::string>;

TEST(HostProgram, KeepsItsOwnInterpreter) {
  Py_InitializeEx(0);
  PyRun_SimpleString("mine = 'kept'");
  const tests::TrustedRepository repository(
      Files{{"hubconf.py", "import __main__\ndef f(): return __main__.mine\n"}});
  // With the lock held, as a host's own code may have it.
  std::optional<Hubconf> conf(std::in_place, repository.source());
  std::optional<Object> result = conf->call("f", Arguments());
  EXPECT_STREQ(PyUnicode_AsUTF8(result->get()), "kept");
  // And from another thread, while the host waits without it.
  PyThreadState* const saved = PyEval_SaveThread();
  std::thread([&] {
    EXPECT_EQ(StaticHubconf(repository.folder()).listing().entry_points.size(), 1u);
    EXPECT_EQ(conf->listing().entry_points.size(), 1u);
  }).join();
  PyEval_RestoreThread(saved);
  ensure_interpreter();
  EXPECT_TRUE(Py_IsInitialized());
  // A subinterpreter of the host's: refused in the thread that runs it, and no matter for others.
  PyThreadState* const main = PyThreadState_Get();
  PyThreadState* const other = Py_NewInterpreter();
  ASSERT_TRUE(other);
  for (int i = 0; i < 2; ++i) {
    const tests::Failure refused =
        tests::failure_of([&] { StaticHubconf read(repository.folder()); });
    EXPECT_EQ(refused.code, errc::cannot_start);
    EXPECT_THAT(refused.sentence, testing::HasSubstr("uses the main interpreter alone"));
  }
  PyThreadState_Swap(main);
  EXPECT_EQ(StaticHubconf(repository.folder()).listing().entry_points.size(), 1u);
  PyThreadState_Swap(other);
  PyEval_SaveThread();
  std::thread([&] {
    EXPECT_EQ(StaticHubconf(repository.folder()).listing().entry_points.size(), 1u);
    EXPECT_TRUE(conf->call("f", Arguments()));
  }).join();
  PyEval_RestoreThread(other);
  PyRun_SimpleString("theirs = 'kept'");
  EXPECT_EQ(PyObject_HasAttrString(PyImport_AddModule("__main__"), "theirs"), 1);
  Py_EndInterpreter(other);
  PyThreadState_Swap(main);
  // The end is the host's; what outlives it does no harm.
  EXPECT_EQ(Py_FinalizeEx(), 0);
}

TEST(HostProgram, MayBePythonItself) {
  if (tests::kIsSanitized) GTEST_SKIP() << "a sanitizer's run-time has to be there before Python";
  const tests::TrustedRepository repository(
      Files{{"hubconf.py", "import host\ndef f(): 'Doc.'\n"}, {"host.py", ""}});
  const tests::Outcome outcome = tests::run(
      {TORCHHUB_PYTHON_EXECUTABLE, "-I", "-c",
       "import sys, threading; sys.path.insert(0, 'tests/python'); import host_extension\n"
       "folder = sys.argv[1]\n"
       "print(host_extension.read(folder))\n"
       "threads = [threading.Thread(target=host_extension.read, args=(folder,)) for _ in "
       "range(4)]\n"
       "[t.start() for t in threads]; [t.join() for t in threads]\n"
       "print(host_extension.run(folder), 'host' in sys.modules)",
       repository.folder()});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "f()\nf False\n");
}

}  // namespace
}  // namespace torchhub::python
