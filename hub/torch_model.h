#ifndef TORCHHUB_HUB_TORCH_MODEL_H_
#define TORCHHUB_HUB_TORCH_MODEL_H_
// What an entry point returned, to be called with LibTorch tensors.
//
//   torchhub::Model reader = torchhub::load("acme/digits:v1", "digit_reader", ...);
//   at::Tensor scores = reader.forward(image);
//
// Tensors cross between C++ and Python without a copy.
// Thread safety: a Model may be called from several threads; Python's own lock orders them.

#include <torchhub/python/object.h>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace torchhub {

class Model {
 public:
  explicit Model(python::Object object) : object_(std::move(object)) {}

  /// Calls the model, and returns all tensors of what came back: one, or those inside a tuple, a
  /// list or a dict, in order.
  /// Throws: python::PythonException; errc::not_a_tensor where something else came back.
  std::vector<at::Tensor> call(const std::vector<at::Tensor>& inputs) const;

  /// Calls the model for one tensor. Throws as call().
  at::Tensor forward(const at::Tensor& input) const {
    return forward(std::vector<at::Tensor>{input});
  }
  at::Tensor forward(const std::vector<at::Tensor>& inputs) const;

  /// The class's name, with its module.
  std::string type() const;
  /// Elements in all parameters; nothing where the object is no torch.nn.Module.
  std::optional<std::int64_t> parameter_count() const;
  /// Where the first parameter lies, "cpu" for example; "" without parameters.
  std::string device() const;
  /// Public methods of the object's class that torch.nn.Module does not have, and forward.
  std::vector<std::string> methods() const;

  /// Writes the model as TorchScript, for torch::jit::load, to `path`, which appears complete or
  /// not at all.
  /// Throws: python::PythonException with PyTorch's own reason why it cannot be scripted.
  void save_script(const std::filesystem::path& path) const;

  /// The Python object, for what this class does not cover.
  const python::Object& object() const { return object_; }

 private:
  python::Object object_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_MODEL_H_
