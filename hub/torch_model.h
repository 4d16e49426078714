#ifndef TORCHHUB_HUB_TORCH_MODEL_H_
#define TORCHHUB_HUB_TORCH_MODEL_H_
// What an entry point returned: a model to call with LibTorch tensors, or any other object.
//
//   torchhub::Model reader = torchhub::load("acme/digits:v1", "digit_reader", ...);
//   at::Tensor scores = reader.forward(image);
//
//   torchhub::Model both = torchhub::load("acme/speech", "recognizer", ...);      // a tuple
//   torchhub::Model text = both[1].method("decode", ids, torchhub::keyword("beam", 5));
//   std::cout << text.text();
//
// A call takes tensors and anything else in one go, and its result is whatever Python returned:
//
//   torchhub::Model y = model(image, 0.5, "nearest", torchhub::Argument::Tuple{224, 224});
//   at::Tensor boxes = y.output().at("boxes");
//   double loss = y["loss"].as<double>();
//   for (const torchhub::Model& batch : loader) ...
//
// A function of the program's is an argument, too, wherever Python takes a callable:
//
//   const auto pad = [](const std::vector<at::Tensor>& images) { return at::stack(images); };
//   torchhub::Model loader = make_loader(images, torchhub::keyword("collate_fn", pad));
//   const torchhub::Hook hook = model.submodule("layer1.0").forward_hook(
//       [&](const torchhub::Model&, const torchhub::Model&, const at::Tensor& y) { seen.push_back(y); });
//
// Tensors cross between C++ and Python without a copy.
// Thread safety: a Model may be used from several threads; Python's own lock orders them, and torch
// gives it back while it computes.
// Throws, all of it: python::PythonException, with the traceback, for what Python raises.

#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_arguments.h>
#include <torchhub/hub/torch_exported_model.h>
#include <torchhub/hub/torch_output.h>
#include <torchhub/hub/torch_state_dict.h>
#include <torchhub/python/arguments.h>
#include <torchhub/python/conversion.h>
#include <torchhub/python/object.h>
#include <torchhub/python/operations.h>

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

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

/// A hook that a model calls for as long as this lives.
class TORCHHUB_EXPORT Hook {
 public:
  /// None.
  Hook() = default;
  /// `handle` is what torch.nn.Module's register functions return.
  explicit Hook(python::Object handle) : handle_(std::move(handle)) {}
  Hook(Hook&& other) noexcept : handle_(std::exchange(other.handle_, python::Object())) {}
  Hook& operator=(Hook&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Hook();

  /// From now on it is not called; a call that another thread is in may go on.
  void remove();
  /// The hook stays for as long as the model does.
  void keep() { handle_ = python::Object(); }

 private:
  python::Object handle_;
};

class ModelIterator;

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

  /// Calls the model, and returns all tensors of what came back: one, or those inside of whatever output_of()
  /// looks into, in order. Throws also: errc::not_a_tensor where something else came back, and no tensor; None is none.
  std::vector<at::Tensor> call(const std::vector<at::Tensor>& inputs) const;

  /// The same with any arguments, and with where each lies in what came back, as in an Output.
  Output::Tensors call_by_name(const Arguments& arguments) const;

  /// Calls the model for one tensor. Throws as call().
  at::Tensor forward(const std::vector<at::Tensor>& inputs) const;
  template <std::convertible_to<at::Tensor>... Tensors>
  at::Tensor forward(const Tensors&... inputs) const {
    return forward(std::vector<at::Tensor>{inputs...});
  }

  /// Calls the object with any arguments, for any result.
  Model operator()(const Arguments& arguments) const;
  template <python::CallArgument... Values>
  Model operator()(const Values&... values) const {
    return (*this)(gathered(values...));
  }
  /// Calls a method of it.
  Model method(std::string_view name, const Arguments& arguments = Arguments()) const;
  template <python::CallArgument... Values>
  requires(sizeof...(Values) > 0) Model method(std::string_view name, const Values&... values)
  const { return method(name, gathered(values...)); }

  // Any object's parts and value.

  Model attribute(std::string_view name) const;
  Model operator[](const Argument& key) const;  ///< object[key]
  std::size_t size() const;                     ///< len(object)
  /// What somebody calls so: a dict's value, a sequence's element ("0"), else an attribute. Throws a
  /// python::PythonException, a LookupError that names the parts there are.
  Model part(std::string_view name) const;
  std::vector<Model> elements() const;  ///< list(object)
  /// A loop over what iter(object) gives, one by one: `for (const Model& element : model)`. Of a dict, its keys.
  ModelIterator begin() const;
  std::default_sentinel_t end() const { return {}; }

  /// Whether the object is a tensor.
  bool is_tensor() const;
  /// The tensor; of a numpy array one that shares its elements. Throws also: errc::not_a_tensor.
  at::Tensor tensor() const;
  /// The tensors inside of it, by name, and what else there is.
  Output output() const { return output_of(object_); }
  /// The tensors inside of it, in order.
  std::vector<at::Tensor> tensors() const { return output().tensors(); }
  /// The object as a value of a C++ type, as<double>() for one: python::object_as().
  /// Throws also: python::errc::wrong_type.
  template <class T>
  T as() const {
    return python::object_as<T>(object_);
  }
  bool is_none() const;
  /// None, a bool, number, text, bytes, list, tuple or dict; within it, or instead, an Object for all else.
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
  /// The module by its dotted name, "layer1.0"; "" is the model itself.
  Model submodule(std::string_view name) const;
  /// All modules with their dotted names, the model itself first, as "".
  std::vector<std::pair<std::string, Model>> named_modules() const;
  /// `hook` is a function, or a callable object of Python's, that is called after each call of the module, with the
  /// module, the tuple of its positional arguments, and what it returned; what it returns itself, unless that is
  /// nothing or None, takes the place of that.
  [[nodiscard]] Hook forward_hook(const Argument& hook) const;
  /// The same before each call, with the module and the tuple of arguments, whose place it may take.
  [[nodiscard]] Hook forward_pre_hook(const Argument& hook) const;

  // These change a module, and return it; of a tensor they return another.

  Model to(const c10::Device& device) const;
  Model to(c10::ScalarType dtype) const;
  Model to(const c10::Device& device, c10::ScalarType dtype) const;
  Model half() const;  ///< to(at::kHalf) of what is floating-point
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
  template <class... Values>
  static Arguments gathered(const Values&... values) {
    if constexpr (sizeof...(Values) == 0)
      return Arguments();
    else
      return Arguments(values...);
  }

  python::Object object_;
  python::Object modules_;
};

/// What a loop over a Model goes by; an input iterator. Copies go on from one place.
class TORCHHUB_EXPORT ModelIterator {
 public:
  using value_type = Model;
  using difference_type = std::ptrdiff_t;

  ModelIterator() = default;
  /// `iterator` is what Python's iter() returned.
  ModelIterator(python::Object iterator, python::Object modules);

  const Model& operator*() const { return current_; }
  const Model* operator->() const { return &current_; }
  ModelIterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const ModelIterator& iterator, std::default_sentinel_t) {
    return !iterator.current_.object();
  }

 private:
  python::Object iterator_;
  python::Object modules_;
  Model current_;
};

inline ModelIterator Model::begin() const {
  return ModelIterator(python::iterate(object_), modules_);
}

}  // namespace torchhub

namespace torchhub::python {

/// The object itself.
template <>
struct Conversion<Model> {
  static Argument to_argument(const Model& value) { return value.object(); }
  static Model from_object(const Object& object) { return Model(object); }
};

}  // namespace torchhub::python

#endif  // TORCHHUB_HUB_TORCH_MODEL_H_
