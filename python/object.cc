// Python.h wants to be first.
#include <Python.h>

#include <torchhub/python/object.h>

#include <atomic>

namespace torchhub::python {
namespace {

std::atomic<bool> is_left = false;

class InterpreterLock {
 public:
  InterpreterLock() : state_(PyGILState_Ensure()) {}
  InterpreterLock(const InterpreterLock&) = delete;
  InterpreterLock& operator=(const InterpreterLock&) = delete;
  ~InterpreterLock() { PyGILState_Release(state_); }

 private:
  PyGILState_STATE state_;
};

}  // namespace

Object::Object(_object* object) : object_(object) { Py_XINCREF(object_); }

Object::Object(const Object& other) : object_(other.object_) {
  if (!object_) return;
  const InterpreterLock lock;
  Py_INCREF(object_);
}

Object::~Object() {
  // A handle that outlives a host program's interpreter has nothing left to release.
  if (!object_ || is_left || !Py_IsInitialized()) return;
  const InterpreterLock lock;
  Py_DECREF(object_);
}

void detail::leave_objects() { is_left = true; }

}  // namespace torchhub::python
