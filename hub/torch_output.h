#ifndef TORCHHUB_HUB_TORCH_OUTPUT_H_
#define TORCHHUB_HUB_TORCH_OUTPUT_H_
// What a model returned, by name.
//
//   torchhub::Output output = detector(image).output();      // a dict, a dataclass, a named tuple, ...
//   at::Tensor boxes = output.at("boxes");
//   for (const auto& [path, tensor] : output) std::cout << path << tensor.sizes() << "\n";     // "hidden[0]" ...
//
// A path is what leads to a tensor: "" for a result that is one itself, "[0]", "logits", "hidden[1]", "['a b']", "[3].x".
// Fields and keys that are identifiers are written as fields, indexes and other keys as Python writes them in brackets.
// Of two that look the same, the first is found.

#include <torchhub/hub/export.h>
#include <torchhub/python/arguments.h>
#include <torchhub/python/object.h>

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

class TORCHHUB_EXPORT Output {
 public:
  using Tensors = std::vector<std::pair<std::string, at::Tensor>>;
  using Values = std::vector<std::pair<std::string, python::Argument>>;

  Output() = default;
  Output(Tensors tensors, Values others)
      : tensors_(std::move(tensors)), others_(std::move(others)) {}

  /// Throws: errc::not_a_tensor, which names the paths that there are.
  const at::Tensor& at(std::string_view path) const;
  /// nullptr where there is no such tensor.
  const at::Tensor* find(std::string_view path) const;

  std::size_t size() const { return tensors_.size(); }
  Tensors::const_iterator begin() const { return tensors_.begin(); }
  Tensors::const_iterator end() const { return tensors_.end(); }

  /// In their order.
  std::vector<at::Tensor> tensors() const;

  /// What is no tensor, where it lies: numbers, texts, None, and any other object whole.
  const Values& others() const { return others_; }

 private:
  Tensors tensors_;
  Values others_;
};

/// The tensors of any object, which are shared, not copied. Looked into are lists, tuples, named tuples,
/// torch.return_types, mappings, dataclasses, attrs' classes and SimpleNamespace; what holds itself, once.
/// Throws: python::PythonException.
TORCHHUB_EXPORT Output output_of(const python::Object& object);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_OUTPUT_H_
