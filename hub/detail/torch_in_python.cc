// Python.h, inside pybind11, wants to be first.
#include <torchhub/hub/detail/torch_in_python.h>

#include <torch/csrc/autograd/python_variable.h>

#include <atomic>

namespace torchhub::detail {

namespace py = pybind11;

void import_torch() {
  static std::atomic<bool> is_imported = false;
  if (is_imported) return;
  py::module_::import("torch");
  is_imported = true;
}

py::object wrap(const at::Tensor& tensor) {
  return py::reinterpret_steal<py::object>(THPVariable_Wrap(tensor));
}

std::string class_name(const py::handle& value) {
  return py::str(py::type::of(value).attr("__qualname__"));
}

}  // namespace torchhub::detail
