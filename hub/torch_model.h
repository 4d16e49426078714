#ifndef TORCHHUB_HUB_TORCH_MODEL_H_
#define TORCHHUB_HUB_TORCH_MODEL_H_
// What an entry point returned: a model to call with LibTorch tensors, or any other object.
//
//   torchhub::Model reader = torchhub::load("acme/digits:v1", "digit_reader", ...);
//   at::Tensor scores = reader.forward(image);
//
//   torchhub::Model both = torchhub::load("acme/speech", "recognizer", ...);      // a tuple
//   torchhub::Model text = both[1].method("decode", torchhub::Arguments().positional(tensor_argument(ids)));
//   std::cout << text.text();
//
// Tensors cross between C++ and Python without a copy.
// Thread safety: a Model may be used from several threads; Python's own lock orders them, and torch
// gives it back while it computes.
// Throws, all of it: python::PythonException, with the traceback, for what Python raises.

#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/python/arguments.h>
#include <torchhub/python/object.h>

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

using python::Argument;
using python::Arguments;

/// A tensor as an argument of a call. The two worlds share it.
TORCHHUB_EXPORT Argument tensor_argument(const at::Tensor& tensor);

/// A tensor of a result, and where it lies in it: "" for the result itself, "[0]", "logits",
/// "hidden[1]", "['a b']".
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// How a model leaves Python.
class CompileOptions {
 public:
  CompileOptions() = default;

  /// Default: aot_inductor where LibTorch has it (2.6 and later), else torchscript.
  CompileOptions& format(ExportFormat value) {
    format_ = value;
    return *this;
  }
  std::optional<ExportFormat> format() const { return format_; }

  /// The size of this dimension of this input may be another in each call; the others are those of the
  /// example. In TorchScript all of them may change, unless the trace's result depends on them.
  CompileOptions& dynamic(std::size_t input, std::int64_t dimension) {
    dynamic_.emplace_back(input, dimension);
    return *this;
  }
  const std::vector<std::pair<std::size_t, std::int64_t>>& dynamic() const { return dynamic_; }

  /// TorchScript by the source (torch.jit.script) instead of by a trace of one call. Default: false.
  CompileOptions& script(bool value) {
    script_ = value;
    return *this;
  }
  bool script() const { return script_; }

  /// Replace a file that is read-only. Default: false.
  CompileOptions& force(bool value) {
    force_ = value;
    return *this;
  }
  bool force() const { return force_; }

 private:
  std::optional<ExportFormat> format_;
  std::vector<std::pair<std::size_t, std::int64_t>> dynamic_;
  bool script_ = false;
  bool force_ = false;
};

class TORCHHUB_EXPORT Model {
 public:
  /// Empty; may only be assigned to.
  Model() = default;
  /// `modules` is Hubconf::modules() of the object's repository, or empty.
  explicit Model(python::Object object, python::Object modules = {})
      : object_(std::move(object)), modules_(std::move(modules)) {}

  // Calls.

  /// Whether Python's callable() says so.
  bool is_callable() const;

  /// Calls the model, and returns all tensors of what came back: one, or those inside tuples, lists,
  /// dicts and dataclasses, in order. Throws also: errc::not_a_tensor where there is none.
  std::vector<at::Tensor> call(const std::vector<at::Tensor>& inputs) const;

  /// The same with any arguments, and with where each lies in what came back.
  std::vector<NamedTensor> call_by_name(const std::vector<at::Tensor>& inputs) const;
  std::vector<NamedTensor> call_by_name(const Arguments& arguments) const;

  /// Calls the model for one tensor. Throws as call().
  at::Tensor forward(const std::vector<at::Tensor>& inputs) const;
  template <std::convertible_to<at::Tensor>... Tensors>
  at::Tensor forward(const Tensors&... inputs) const {
    return forward(std::vector<at::Tensor>{inputs...});
  }

  /// Calls the object with any arguments, for any result.
  Model operator()(const Arguments& arguments) const;
  /// Calls a method of it.
  Model method(std::string_view name, const Arguments& arguments = Arguments()) const;

  // Any object's parts and value.

  Model attribute(std::string_view name) const;
  Model operator[](const Argument& key) const;  ///< object[key]
  std::size_t size() const;                     ///< len(object)
  /// What somebody calls so: a dict's value, a sequence's element ("0"), else an attribute. Throws a
  /// python::PythonException, a LookupError that names the parts there are.
  Model part(std::string_view name) const;
  std::vector<Model> elements() const;  ///< list(object)

  /// Whether the object is a tensor.
  bool is_tensor() const;
  /// Throws also: errc::not_a_tensor.
  at::Tensor tensor() const;
  /// None, a bool, number, text, list or dict; within it, or instead, an Object for all else.
  Argument value() const;
  std::string text() const;  ///< str(object)
  /// What there is to tell of any object, a dict: "type"; for a module "parameters"; for plain values
  /// "value"; for a tensor "dtype" and "shape"; for a function "signature" and "docstring"; for what has
  /// parts "length" and "elements", at most 100 of them, each such a dict with its "name" as well.
  Argument summary() const;

  // Exploring it, as torch.hub's documentation has it.

  /// The class's name, with its module.
  std::string type() const;
  std::vector<std::string> dir() const;  ///< dir(object)
  /// What Python's help() shows of the object, or of a method of it.
  std::string help(std::string_view method = {}) const;
  /// Public methods of the object's class that torch.nn.Module does not have, and forward.
  std::vector<std::string> methods() const;

  // A torch.nn.Module.

  /// Elements in all parameters; nothing where the object is no torch.nn.Module.
  std::optional<std::int64_t> parameter_count() const;
  /// Where the first parameter lies, "cpu" for example; "" without parameters.
  std::string device() const;
  /// Parameters and buffers, which share their bytes with the model.
  StateDict state_dict() const;
  /// Parameters, which are the model's own.
  StateDict parameters() const;
  const Model& to(const c10::Device& device) const;
  const Model& eval() const;
  const Model& train(bool mode = true) const;

  // Leaving Python behind.

  /// Writes the model as one file that open_exported_model() opens, made for inputs like these. The file
  /// appears complete or not at all. The model stays in the mode (train or eval) that it has.
  /// Throws PyTorch's own reason why it cannot be exported; errc::not_exported for a format that this
  /// LibTorch lacks.
  void export_to(const std::filesystem::path& path, const std::vector<at::Tensor>& example_inputs,
                 const CompileOptions& options = CompileOptions()) const;

  /// The same, opened. Compiling takes from seconds to minutes. Throws as export_to.
  ExportedModel compile(const std::vector<at::Tensor>& example_inputs,
                        const CompileOptions& options = CompileOptions()) const;

  /// Writes the model as TorchScript, by its source, for torch::jit::load.
  void save_script(const std::filesystem::path& path,
                   const CompileOptions& options = CompileOptions()) const;

  /// The Python object, for what this class does not cover.
  const python::Object& object() const { return object_; }

 private:
  python::Object object_;
  python::Object modules_;
};

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_MODEL_H_
