// Python.h, inside pybind11, wants to be first.
#include <torchhub/hub/detail/torch_in_python.h>
#include <torchhub/hub/torch_arguments.h>
#include <torchhub/hub/use_python.h>
#include <torchhub/python/interpreter.h>

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/python_variable.h>

#include <string>

namespace torchhub {
namespace {

namespace py = pybind11;
using detail::borrow;
using detail::in_python;
using detail::wrap;

// Without importing numpy, which a program may do without.
bool is_numpy_array(const py::handle& value) {
  const py::dict modules = py::module_::import("sys").attr("modules");
  return modules.contains("numpy") && py::hasattr(modules["numpy"], "ndarray") &&
         py::isinstance(value, modules["numpy"].attr("ndarray"));
}

const char* name_of(c10::MemoryFormat format) {
  switch (format) {
    case c10::MemoryFormat::Preserve:
      return "preserve_format";
    case c10::MemoryFormat::ChannelsLast:
      return "channels_last";
    case c10::MemoryFormat::ChannelsLast3d:
      return "channels_last_3d";
    default:
      return "contiguous_format";
  }
}

// Arguments are made before the load that they are for, which would come too late to choose.
void start_python() {
  if (!python::interpreter_runs()) use_python(PythonChoice::from_environment());
  python::ensure_interpreter();
}

}  // namespace

Argument tensor_argument(const at::Tensor& tensor) {
  start_python();
  return in_python("passing a tensor", [&] { return python::Object(wrap(tensor).ptr()); });
}

Argument numpy_argument(const at::Tensor& tensor) {
  start_python();
  return in_python("making a numpy array",
                   [&] { return python::Object(wrap(tensor).attr("numpy")().ptr()); });
}

namespace python {

Argument Conversion<at::Tensor>::to_argument(const at::Tensor& value) {
  return tensor_argument(value);
}

at::Tensor Conversion<at::Tensor>::from_object(const Object& object) {
  return in_python("taking a tensor", [&]() -> at::Tensor {
    if (THPVariable_Check(object.get())) return THPVariable_Unpack(object.get());
    if (!is_numpy_array(object.get())) throw_wrong_type(object, "a tensor");
    const py::object tensor = py::module_::import("torch").attr("from_numpy")(borrow(object));
    return THPVariable_Unpack(tensor.ptr());
  });
}

Argument Conversion<c10::Device>::to_argument(const c10::Device& value) {
  start_python();
  return in_python("passing a device", [&] {
    return Object(py::module_::import("torch").attr("device")(value.str()).ptr());
  });
}

c10::Device Conversion<c10::Device>::from_object(const Object& object) {
  return in_python("taking a device", [&] {
    if (!py::isinstance(borrow(object), py::module_::import("torch").attr("device")))
      throw_wrong_type(object, "a device");
    return c10::Device(std::string(py::str(borrow(object))));
  });
}

Argument Conversion<c10::DeviceType>::to_argument(const c10::DeviceType& value) {
  return Conversion<c10::Device>::to_argument(c10::Device(value));
}

// Which dtypes there are, and how Python calls them, this LibTorch says by a tensor of each.
Argument Conversion<c10::ScalarType>::to_argument(const c10::ScalarType& value) {
  start_python();
  return in_python("passing a dtype", [&] {
    const at::Tensor example = at::empty({0}, at::TensorOptions(value).device(at::kMeta));
    return Object(py::object(wrap(example).attr("dtype")).ptr());
  });
}

c10::ScalarType Conversion<c10::ScalarType>::from_object(const Object& object) {
  return in_python("taking a dtype", [&] {
    const py::module_ torch = py::module_::import("torch");
    if (!py::isinstance(borrow(object), torch.attr("dtype"))) throw_wrong_type(object, "a dtype");
    const py::object example =
        torch.attr("empty")(0, py::arg("dtype") = borrow(object), py::arg("device") = "meta");
    return THPVariable_Unpack(example.ptr()).scalar_type();
  });
}

Argument Conversion<c10::MemoryFormat>::to_argument(const c10::MemoryFormat& value) {
  start_python();
  return in_python("passing a memory format", [&] {
    return Object(py::object(py::module_::import("torch").attr(name_of(value))).ptr());
  });
}

}  // namespace python
}  // namespace torchhub
