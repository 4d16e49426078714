#ifndef TORCHHUB_PYTHON_OBJECT_H_
#define TORCHHUB_PYTHON_OBJECT_H_
// A Python object kept alive from C++, without Python.h.
//
//   python::Object model = hubconf.call("digit_reader", {});
//
// Thread safety: handles may be copied and destroyed on any thread; each takes the interpreter's
// lock.

#include <torchhub/python/export.h>

#include <utility>

struct _object;  // PyObject. NOLINT(bugprone-reserved-identifier): the name is CPython's.

namespace torchhub::python {

class TORCHHUB_PYTHON_EXPORT Object {
 public:
  Object() = default;
  /// Takes a reference of its own to `object`, which is borrowed. The caller holds the
  /// interpreter's lock.
  explicit Object(_object* object);
  Object(const Object& other);
  Object(Object&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Object& operator=(Object other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Object();

  /// Borrowed; null for an empty handle.
  _object* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

  /// Whether they are one object.
  friend bool operator==(const Object& a, const Object& b) { return a.object_ == b.object_; }

 private:
  _object* object_ = nullptr;
};

namespace detail {

/// Handles release nothing any more: the process ends, and the interpreter's lock is kept from its threads.
TORCHHUB_PYTHON_EXPORT void leave_objects();

}  // namespace detail

}  // namespace torchhub::python

#endif  // TORCHHUB_PYTHON_OBJECT_H_
