// Python.h, inside pybind11, wants to be first.
#include <torchhub/hub/detail/torch_in_python.h>
#include <torchhub/hub/detail/torch_leaves.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_output.h>
#include <torchhub/python/operations.h>

#include <torch/csrc/autograd/python_variable.h>

namespace torchhub {

namespace py = pybind11;

const at::Tensor* Output::find(std::string_view path) const {
  for (const auto& [name, tensor] : tensors_) {
    if (name == path) return &tensor;
  }
  return nullptr;
}

const at::Tensor& Output::at(std::string_view path) const {
  if (const at::Tensor* tensor = find(path)) return *tensor;
  std::string there;
  for (const auto& [name, tensor] : tensors_) there += (there.empty() ? "" : ", ") + name;
  throw Error(errc::not_a_tensor, "the output has no tensor at " + std::string(path) +
                                      "; there are: " + (there.empty() ? "none" : there));
}

std::vector<at::Tensor> Output::tensors() const {
  std::vector<at::Tensor> all;
  for (const auto& [path, tensor] : tensors_) all.push_back(tensor);
  return all;
}

Output output_of(const python::Object& object) {
  return detail::in_python("looking for tensors", [&] {
    Output::Tensors tensors;
    Output::Values others;
    detail::for_each_leaf(object.get(), [&](const std::string& path, const py::handle& leaf) {
      if (THPVariable_Check(leaf.ptr())) {
        tensors.emplace_back(path, THPVariable_Unpack(leaf.ptr()));
      } else {
        others.emplace_back(path, python::to_argument(python::Object(leaf.ptr())));
      }
    });
    return Output(std::move(tensors), std::move(others));
  });
}

}  // namespace torchhub
