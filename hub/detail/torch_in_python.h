#ifndef TORCHHUB_HUB_DETAIL_TORCH_IN_PYTHON_H_
#define TORCHHUB_HUB_DETAIL_TORCH_IN_PYTHON_H_
// LibTorch's tensors inside Python. Includes pybind11: for .cc files of this room.

// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <torchhub/python/exception.h>
#include <torchhub/python/object.h>

#include <ATen/core/Tensor.h>

#include <exception>
#include <string>

namespace torchhub::detail {

/// Imports torch, which makes the tensor class that THPVariable_* look for. The caller holds the interpreter's lock.
void import_torch();

/// Runs `body` under the interpreter's lock, with Python's exceptions turned into ours; `doing` begins their
/// sentence.
template <class Body>
auto in_python(const char* doing, Body body) {
  const pybind11::gil_scoped_acquire lock;
  try {
    import_torch();
    return body();
  } catch (pybind11::error_already_set& raised) {
    raised.restore();
    python::throw_raised(doing);
  } catch (const std::exception&) {
    // LibTorch's own exception for what Python has raised, and holds ready.
    if (!PyErr_Occurred()) throw;
    python::throw_raised(doing);
  }
}

inline pybind11::object borrow(const python::Object& object) {
  return pybind11::reinterpret_borrow<pybind11::object>(object.get());
}

/// A tensor object that shares the tensor.
pybind11::object wrap(const at::Tensor& tensor);

/// The class's name, without its module.
std::string class_name(const pybind11::handle& value);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_TORCH_IN_PYTHON_H_
