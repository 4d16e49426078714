#ifndef TORCHHUB_PYTHON_STOPPABLE_H_
#define TORCHHUB_PYTHON_STOPPABLE_H_
// Python code that ends when a stop is requested.
//
//   std::stop_source source;                                        // source.request_stop(), in another thread
//   {
//     const python::Stoppable stoppable(source.get_token());
//     python::call(train, python::Arguments());                     // throws PythonException: KeyboardInterrupt
//   }
//
// As Ctrl-C does in Python: KeyboardInterrupt is raised once in the code that runs, which may clean up, or catch it and go
// on. In the thread that the interpreter was started in, it also ends what waits outside of Python (time.sleep, a read
// from a socket, a child process); in others it comes when that is over.
//
// In that thread SIGURG, unless the program has a handler for it, has one that does nothing while this lives: a call of
// the system that waits ends by a signal only. Python's own table of handlers gets the usual one for SIGINT, once; which
// one the process has stays the program's choice.

#include <torchhub/python/export.h>

#include <memory>
#include <stop_token>

namespace torchhub::python {

/// For the thread that makes it, which also destroys it, and as long as it lives. Of those with one token inside each other
/// in one thread, the outermost counts.
class TORCHHUB_PYTHON_EXPORT Stoppable {
 public:
  /// Without a stop to come, nothing. Throws: errc::cannot_start.
  explicit Stoppable(const std::stop_token& stop);
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;
  /// What has not been raised by then, is not raised.
  ~Stoppable();

  class Watch;

 private:
  std::unique_ptr<Watch> watch_;
};

/// For the thread that makes it: no KeyboardInterrupt of a Stoppable is raised as long as it lives; what comes meanwhile
/// is raised afterwards. For what must happen whole. Its thread holds the interpreter's lock when it makes and
/// destroys it.
class TORCHHUB_PYTHON_EXPORT Unstoppable {
 public:
  Unstoppable();
  Unstoppable(const Unstoppable&) = delete;
  Unstoppable& operator=(const Unstoppable&) = delete;
  ~Unstoppable();

 private:
  bool is_later_ = false;
};

/// Makes the stop that was requested of this thread's Stoppable, if there is one, the caller's: it is not raised, or not
/// once more. For whoever is about to raise KeyboardInterrupt itself. The caller holds the interpreter's lock.
TORCHHUB_PYTHON_EXPORT void take_stop();

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_STOPPABLE_H_
