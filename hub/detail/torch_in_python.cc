// Python.h, inside pybind11, wants to be first.
#include <torchhub/hub/detail/torch_in_python.h>

#include <c10/util/Exception.h>
#include <torch/csrc/Exceptions.h>
#include <torch/csrc/autograd/python_variable.h>

#include <atomic>

namespace torchhub::detail {

namespace py = pybind11;

namespace {

// LibTorch's exceptions in Python as torch's own functions raise them: IndexError for c10::IndexError, without the
// frames of C++, and what Python raised beneath LibTorch as that.
bool raise_torch(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const c10::Error&) {
  } catch (const torch::PyTorchError&) {
  } catch (const python_error&) {
  } catch (...) {
    return false;
  }
  // Its classes of exceptions are made then.
  import_torch();
  torch::translate_exception_to_python(thrown);
  return true;
}

// Before main(): a program's function may throw in the first call that it is an argument of.
[[maybe_unused]] const bool kIsTranslated = [] {
  python::add_translator(raise_torch);
  return true;
}();

}  // namespace

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
