// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/interpreter.h>
#include <torchhub/python/stoppable.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace torchhub::python {
namespace {

namespace py = pybind11;
using namespace std::chrono_literals;

// Makes a call of the system that waits end with EINTR; ignored by default, and sent by nobody else.
constexpr int kWake = SIGURG;
// One wake comes too early where the thread is about to wait; few, since other libraries' calls end, too.
constexpr std::array kPauses = {10ms, 50ms, 250ms, 1000ms};

// Until a thread that must not be stopped now is asked again.
constexpr auto kPatience = 5ms;

void do_nothing(int) {}

// Has Python answer SIGINT by raising, which PyErr_SetInterrupt needs and an embedded interpreter does not do by
// itself; the process's handler stays. False in a thread that Python handles no signals in. The caller holds the
// interpreter's lock.
bool answer_interrupts() {
  const py::module_ signals = py::module_::import("signal");
  const py::object current = signals.attr("getsignal")(SIGINT);
  // SIG_DFL, SIG_IGN and None are no functions.
  const py::object handler =
      PyCallable_Check(current.ptr()) ? current : signals.attr("default_int_handler");
  sigset_t interrupt;
  sigset_t mask;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &mask);
  struct sigaction programs {};
  sigaction(SIGINT, nullptr, &programs);
  bool is_answered = true;
  try {
    signals.attr("signal")(SIGINT, handler);
  } catch (const py::error_already_set& raised) {
    if (!raised.matches(PyExc_ValueError)) throw;
    is_answered = false;
  }
  sigaction(SIGINT, &programs, nullptr);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  return is_answered;
}

bool is_interruptible() {
  thread_local const bool is = answer_interrupts();
  return is;
}

}  // namespace

class Stoppable::Watch {
 public:
  explicit Watch(std::stop_token stop) : stop_(std::move(stop)) {
    {
      const py::gil_scoped_acquire lock;
      thread_ = PyThread_get_thread_ident();
      is_interruptible_ = is_interruptible();
    }
    if (is_interruptible_) listen();
    outer_ = std::exchange(innermost, this);
    watcher_ = std::thread([this, &unstoppables = Watch::unstoppables] { watch(unstoppables); });
    on_stop_.emplace(stop_, std::function<void()>([this] {
                       const std::lock_guard lock(mutex_);
                       changed_.notify_all();
                     }));
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  ~Watch() {
    on_stop_.reset();
    {
      const std::lock_guard lock(mutex_);
      is_done_ = true;
      changed_.notify_all();
    }
    join();
    innermost = outer_;
    if (is_interruptible_) stop_listening();
    if (!is_sent_) return;
    const py::gil_scoped_acquire lock;
    take_back();
  }

  const std::stop_token& stop() const { return stop_; }
  const Watch* outer() const { return outer_; }

  // For this Watch's own thread, which holds the interpreter's lock.

  void take() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_sent_, true)) take_back();
  }

  // What was sent and has not been raised yet, is not. False where there is nothing of the kind.
  bool take_back() const {
    const py::error_scope kept;
    bool was_there = false;
    if (is_interruptible_) {
      for (; PyErr_CheckSignals() != 0; was_there = true) PyErr_Clear();
    } else {
      was_there = PyThreadState_Get()->async_exc != nullptr;
      PyThreadState_SetAsyncExc(thread_, nullptr);
    }
    return was_there;
  }

  // False where the thread is not in Python. Any thread with the interpreter's lock.
  bool send() const {
    if (!is_interruptible_) return PyThreadState_SetAsyncExc(thread_, PyExc_KeyboardInterrupt) > 0;
    PyErr_SetInterrupt();
    return true;
  }

  static inline thread_local Watch* innermost = nullptr;
  // How many of this thread's Unstoppables there are; guarded by the interpreter's lock.
  static inline thread_local int unstoppables = 0;

 private:
  void watch(const int& unstoppables) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_done_ || stop_.stop_requested(); });
    while (!is_done_ && !is_sent_) {
      // The interpreter's lock first: take() is called with it.
      lock.unlock();
      {
        const py::gil_scoped_acquire interpreter;
        lock.lock();
        if (is_done_ || is_sent_) return;
        is_sent_ = unstoppables == 0 && send();
        lock.unlock();
      }
      lock.lock();
      if (!is_sent_) changed_.wait_for(lock, kPatience);
    }
    if (!is_interruptible_) return;
    for (const auto pause : kPauses) {
      if (is_done_) return;
      pthread_kill(listener_, kWake);
      changed_.wait_for(lock, pause, [this] { return is_done_; });
    }
  }

  // The watcher may wait for the interpreter's lock.
  void join() {
    if (PyGILState_Check()) {
      const py::gil_scoped_release unlocked;
      watcher_.join();
    } else {
      watcher_.join();
    }
  }

  void listen() {
    listener_ = pthread_self();
    sigaction(kWake, nullptr, &programs_);
    if (programs_.sa_handler == SIG_DFL || programs_.sa_handler == SIG_IGN) {
      // Without SA_RESTART, which would have the call go on.
      struct sigaction woken {};
      woken.sa_handler = do_nothing;
      sigaction(kWake, &woken, nullptr);
    }
    sigset_t wake;
    sigemptyset(&wake);
    sigaddset(&wake, kWake);
    pthread_sigmask(SIG_UNBLOCK, &wake, &mask_);
  }

  void stop_listening() const {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    sigaction(kWake, &programs_, nullptr);
  }

  const std::stop_token stop_;
  unsigned long thread_ = 0;
  bool is_interruptible_ = false;
  Watch* outer_ = nullptr;
  pthread_t listener_{};
  struct sigaction programs_ {};
  sigset_t mask_{};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_done_ = false;
  bool is_sent_ = false;

  std::thread watcher_;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

Stoppable::Stoppable(const std::stop_token& stop) {
  if (!stop.stop_possible()) return;
  for (const Watch* watch = Watch::innermost; watch; watch = watch->outer()) {
    if (watch->stop() == stop) return;
  }
  ensure_interpreter();
  watch_ = std::make_unique<Watch>(stop);
}

Stoppable::~Stoppable() = default;

void take_stop() {
  Stoppable::Watch* const watch = Stoppable::Watch::innermost;
  if (watch && watch->stop().stop_requested()) watch->take();
}

Unstoppable::Unstoppable() {
  const Stoppable::Watch* const watch = Stoppable::Watch::innermost;
  is_later_ = Stoppable::Watch::unstoppables++ == 0 && watch && watch->take_back();
}

Unstoppable::~Unstoppable() {
  const Stoppable::Watch* const watch = Stoppable::Watch::innermost;
  --Stoppable::Watch::unstoppables;
  if (is_later_ && watch) watch->send();
}

}  // namespace torchhub::python
