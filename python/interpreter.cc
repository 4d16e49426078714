// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/detail/exit_handler.h>
#include <torchhub/python/error.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/object.h>

#include <torchhub_python_config.h>

#include <dlfcn.h>
#include <langinfo.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace torchhub::python {
namespace {

namespace fs = std::filesystem;

// Guards what follows; held while Python starts.
std::mutex& choice_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::optional<Environment>& choice() {
  static std::optional<Environment> environment;
  return environment;
}

bool& was_started() {
  static bool started = false;
  return started;
}

// Whether the libpython of this process belongs to the environment's base: then its standard library does, too.
bool has_own_library(const Environment& environment) {
  std::error_code ignored;
  if (fs::weakly_canonical(environment.base_prefix, ignored) ==
      fs::weakly_canonical(TORCHHUB_PYTHON_BASE_PREFIX, ignored))
    return true;
  Dl_info loaded;
  return !environment.library.empty() &&
         ::dladdr(reinterpret_cast<void*>(&Py_InitializeFromConfig), &loaded) != 0 &&
         fs::equivalent(loaded.dli_fname, environment.library, ignored);
}

// The interpreter's lock would be waited for in vain by a thread that holds it for a subinterpreter.
void refuse_subinterpreter() {
  if (!Py_IsInitialized()) return;
#if PY_VERSION_HEX >= 0x030D0000
  PyThreadState* const current = PyThreadState_GetUnchecked();
  if (!current) return;
#elif PY_VERSION_HEX >= 0x030C0000
  PyThreadState* const current = _PyThreadState_UncheckedGet();
  if (!current) return;
#else
  // Of whichever thread holds the lock, and so looked into only where there are subinterpreters at all.
  if (PyInterpreterState_Head() == PyInterpreterState_Main()) return;
  PyThreadState* const current = _PyThreadState_UncheckedGet();
  if (!current || current->thread_id != PyThread_get_thread_ident()) return;
#endif
  if (PyThreadState_GetInterpreter(current) == PyInterpreterState_Main()) return;
  throw Error(
      errc::cannot_start,
      "this thread runs a subinterpreter of Python's, and torchhub uses the main interpreter "
      "alone: leave the subinterpreter (PyThreadState_Swap) before torchhub is called");
}

// How long the end of a program waits for a thread that holds the interpreter's lock, and how long it keeps it.
constexpr std::chrono::seconds kPatience{2};

// Why an earlier start failed. Python cannot be started a second time.
std::optional<std::string>& failure() {
  static std::optional<std::string> sentence;
  return sentence;
}

bool& started_here() {
  static bool started = false;
  return started;
}

bool is_neutral_locale() {
  const char* const name = std::setlocale(LC_CTYPE, nullptr);
  return !name || name == std::string_view("C") || name == std::string_view("POSIX");
}

// Chooses the encoding of texts as Python does for itself (PEP 538): by the environment's variables, and UTF-8 where
// they name none. A program that has chosen a locale keeps it. Not by PyPreConfig.coerce_c_locale, which would choose
// the locale of numbers, too, and write to the environment, which other threads may read.
void choose_locale() {
  if (!is_neutral_locale()) return;
  std::setlocale(LC_CTYPE, "");
  if (!is_neutral_locale()) return;
  const char* const all = std::getenv("LC_ALL");
  if (all && *all) return;
  for (const char* const utf8 : std::array{"C.UTF-8", "C.utf8", "UTF-8"}) {
    if (std::setlocale(LC_CTYPE, utf8)) return;
  }
}

// What Python has raised in this thread, and clears it; "" where it has not.
std::string take_raised() {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  if (!type) return "";
  PyErr_NormalizeException(&type, &value, &trace);
  std::string text = PyExceptionClass_Name(type);
  PyObject* const message = value ? PyObject_Str(value) : nullptr;
  PyObject* const bytes =
      message ? PyUnicode_AsEncodedString(message, "utf-8", "backslashreplace") : nullptr;
  if (bytes && PyBytes_GET_SIZE(bytes) > 0) text += std::string(": ") + PyBytes_AS_STRING(bytes);
  PyErr_Clear();
  for (PyObject* const object : {type, value, trace, message, bytes}) Py_XDECREF(object);
  return text;
}

// Why Python did not start. Where it came as far as to run site.py, with what that raised; other threads may have the
// interpreter's lock then.
std::string reason_of(const PyStatus& status) {
  std::string reason = status.err_msg ? status.err_msg : "it gave no reason";
  if (!Py_IsInitialized()) return reason;
  if (const std::string raised = take_raised(); !raised.empty()) reason += " (" + raised + ")";
  PyEval_SaveThread();
  return reason;
}

// Has a thread of its own take the interpreter's lock, since waiting for it knows no end, and keep it for so long.
// Whether it got it in time.
bool can_lock(std::chrono::seconds kept) {
  auto had = std::make_shared<std::promise<void>>();
  std::future<void> is_had = had->get_future();
  std::thread([had = std::move(had), kept] {
    const PyGILState_STATE state = PyGILState_Ensure();
    had->set_value();
    if (kept.count() > 0) std::this_thread::sleep_for(kept);
    PyGILState_Release(state);
  }).detach();
  return is_had.wait_for(kPatience) == std::future_status::ready;
}

// Whether threads beside this one, which holds the lock, are somewhere in Python, or will be again.
bool has_other_threads() {
  const PyThreadState* const own = PyThreadState_Get();
  PyThreadState* thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
  for (; thread; thread = PyThreadState_Next(thread)) {
    if (thread != own) return true;
  }
  return false;
}

// Has Python run what was registered with its atexit. False where the lock cannot be had.
bool run_registered() {
  if (!Py_IsInitialized()) return false;
  if (!PyGILState_Check() && !can_lock(std::chrono::seconds::zero())) return false;
  const PyGILState_STATE state = PyGILState_Ensure();
  PyObject* const atexit = PyImport_ImportModule("atexit");
  PyObject* const ran = atexit ? PyObject_CallMethod(atexit, "_run_exitfuncs", nullptr) : nullptr;
  if (!ran) PyErr_Print();
  Py_XDECREF(ran);
  Py_XDECREF(atexit);
  PyGILState_Release(state);
  return true;
}

// What exit() calls. Threads that nobody has waited for must not run in Python while statics that Python's modules use
// are destroyed: they wait for the lock, until the process is no more. Not for ever, since the destructor of a static
// may be what waits for such a thread.
void end_python() {
  static std::atomic<bool> has_ended = false;
  if (has_ended.exchange(true) || !run_registered() || PyGILState_Check()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool has_threads = has_other_threads();
  PyGILState_Release(state);
  if (!has_threads) return;
  detail::leave_objects();
  can_lock(kPatience);
}

bool check(PyStatus status) { return !PyStatus_Exception(status); }

// What Python's start leaves out of an environment: sys.path becomes `before`, the path as it is with the folders of
// packages that are missing in it, and `completion`. `is_foreign`: the packages beside the standard library are another
// environment's. With the interpreter's lock. Written in Python, since site's functions are.
constexpr const char* kArrange = R"(def arrange(before, sites, completion, is_foreign):
    import os, site, sys
    if is_foreign:
        sys.path[:] = [entry for entry in sys.path if entry not in site.getsitepackages()]
    known = {os.path.realpath(entry) for entry in sys.path}
    for folder in sites:
        if os.path.realpath(folder) not in known:
            site.addsitedir(folder)
    sys.path[:0] = before
    if completion and completion not in sys.path:
        sys.path.append(completion)
)";

PyObject* texts_of(const std::vector<fs::path>& paths) {
  PyObject* list = PyList_New(0);
  for (const fs::path& path : paths) {
    PyObject* text = PyUnicode_DecodeFSDefault(path.c_str());
    if (list && text) PyList_Append(list, text);
    Py_XDECREF(text);
  }
  return list;
}

void arrange_path(const Environment& environment) {
  PyObject* names = PyDict_New();
  PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
  PyObject* ran = PyRun_String(kArrange, Py_file_input, names, names);
  PyObject* done = nullptr;
  if (ran) {
    PyObject* before = texts_of(environment.search_path);
    PyObject* sites = texts_of(environment.site_folders);
    PyObject* completion = PyUnicode_DecodeFSDefault(completion_of(environment).c_str());
    PyObject* is_foreign =
        !environment.is_virtual && !has_own_library(environment) ? Py_True : Py_False;
    done = PyObject_CallFunctionObjArgs(PyDict_GetItemString(names, "arrange"), before, sites,
                                        completion, is_foreign, nullptr);
    Py_XDECREF(before);
    Py_XDECREF(sites);
    Py_XDECREF(completion);
  }
  if (!done) PyErr_Print();
  Py_XDECREF(done);
  Py_XDECREF(ran);
  Py_DECREF(names);
}

void start() {
  const std::lock_guard<std::mutex> lock(choice_mutex());
  was_started() = true;
  if (failure()) throw Error(errc::cannot_start, *failure());
  if (Py_IsInitialized()) return;
  const std::optional<Environment>& environment = choice();
  const std::string executable =
      environment ? environment->interpreter.string() : TORCHHUB_PYTHON_EXECUTABLE;
  PyPreConfig before;
  PyPreConfig_InitIsolatedConfig(&before);
  choose_locale();
  // Elsewhere, as Python has it where no locale was chosen (PEP 540): paths are UTF-8 here.
  before.utf8_mode = nl_langinfo(CODESET) == std::string_view("UTF-8") ? 0 : 1;
  PyStatus status = Py_PreInitialize(&before);
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.install_signal_handlers = 0;
  // The interpreter is never finalised, so nothing would flush what it holds back.
  config.buffered_stdio = 0;
  config.user_site_directory = environment && environment->has_user_site;
  // The path as it was chosen: a virtual environment is recognised by the folder it lies in.
  if (check(status))
    status = PyConfig_SetBytesString(&config, &config.executable, executable.c_str());
  if (check(status))
    status = PyConfig_SetBytesString(&config, &config.program_name, executable.c_str());
  // A Python without a shared library is not loaded: its packages are used by the build's Python, whose core wants
  // the standard library of its own patch version.
  if (check(status) && environment && !has_own_library(*environment))
    status = PyConfig_SetBytesString(&config, &config.home, TORCHHUB_PYTHON_BASE_PREFIX);
  if (check(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) {
    failure() = "Python (" + executable + ") cannot start: " + reason_of(status);
    throw Error(errc::cannot_start, *failure());
  }
  if (environment) arrange_path(*environment);
  // pybind11 keeps the thread state that is current where it is first used. Before its version 3 it would make one that
  // passes in any other thread, and go on with it when it is gone.
  pybind11::detail::get_internals();
  started_here() = true;
  std::atexit(end_python);
  PyEval_SaveThread();
}

}  // namespace

void use_environment(const Environment& environment) {
  if (const auto misfit = python_misfit(environment)) throw Error(errc::does_not_fit, *misfit);
  const std::lock_guard<std::mutex> lock(choice_mutex());
  std::optional<Environment>& chosen = choice();
  const bool is_the_same = chosen && chosen->interpreter == environment.interpreter &&
                           chosen->search_path == environment.search_path;
  if (is_the_same) return;
  if (was_started() || Py_IsInitialized())
    throw Error(errc::cannot_start,
                "Python runs in this process already" +
                    (chosen ? " with " + chosen->interpreter.string() : std::string()) +
                    ", and cannot be made to use " + environment.interpreter.string() +
                    " any more: an environment is chosen before the first use of Python");
  chosen = environment;
}

std::optional<Environment> used_environment() {
  const std::lock_guard<std::mutex> lock(choice_mutex());
  return choice();
}

bool interpreter_runs() { return Py_IsInitialized() != 0; }

void ensure_interpreter() {
  static std::once_flag started;
  std::call_once(started, start);
  refuse_subinterpreter();
}

void run_exit_functions() {
  {
    const std::lock_guard<std::mutex> lock(choice_mutex());
    if (!started_here()) return;
  }
  run_registered();
}

void detail::renew_exit_handler() {
  const std::lock_guard<std::mutex> lock(choice_mutex());
  if (started_here()) std::atexit(end_python);
}

}  // namespace torchhub::python
