// Python.h, inside pybind11, wants to be first.
#include <pybind11/stl.h>

#include <torchhub/archive/byte_source.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/hub/detail/temporary_folder.h>
#include <torchhub/hub/detail/torch_features.h>
#include <torchhub/hub/detail/torch_in_python.h>
#include <torchhub/hub/detail/torch_leaves.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/python/error.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/script.h>

#include <torch/csrc/autograd/python_variable.h>

#include <exception>
#include <string_view>
#include <utility>

namespace torchhub {
namespace {

namespace py = pybind11;
using detail::borrow;
using detail::class_name;
using detail::in_python;
using detail::wrap;

constexpr char kExportScript[] =
#include "hub/export_model.py.inc"
    ;

py::tuple wrap_all(const std::vector<at::Tensor>& tensors) {
  py::tuple wrapped(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) wrapped[i] = wrap(tensors[i]);
  return wrapped;
}

// Throws errc::not_a_tensor for a result with something in it, and no tensor; None is nothing.
Output::Tensors tensors_of(const py::object& result) {
  Output::Tensors tensors;
  std::string other;
  detail::for_each_leaf(result, [&](const std::string& path, const py::handle& leaf) {
    if (THPVariable_Check(leaf.ptr())) {
      tensors.emplace_back(path, THPVariable_Unpack(leaf.ptr()));
    } else if (!leaf.is_none() && other.empty()) {
      other = class_name(leaf) + (path.empty() ? "" : " at " + path);
    }
  });
  if (tensors.empty() && !other.empty())
    throw Error(errc::not_a_tensor, "the model returned a " + other + ", not a tensor");
  return tensors;
}

bool is_module(const py::object& object) {
  return py::isinstance(object, py::module_::import("torch").attr("nn").attr("Module"));
}

// The tensors among the pairs of a name and a value.
StateDict named_tensors(const py::object& pairs) {
  std::vector<std::pair<std::string, at::Tensor>> entries;
  for (const py::handle& item : pairs) {
    const auto [name, value] = item.cast<std::pair<std::string, py::object>>();
    if (THPVariable_Check(value.ptr())) entries.emplace_back(name, THPVariable_Unpack(value.ptr()));
  }
  return StateDict(std::move(entries));
}

// Calls a function of export_model.py that writes a file, which then appears at `path`.
void write_exported(const char* function, const std::filesystem::path& path,
                    const python::Object& modules, const python::Object& model,
                    const std::vector<Argument>& more, bool force) {
  // Before the minutes that it may take.
  cache::replaced_path(path);
  if (!force) cache::require_writable(path);
  const detail::TemporaryFolder folder;
  // The ending that a package must have.
  const std::filesystem::path made = folder.path() / "model.pt2";
  Arguments arguments;
  arguments.positional(modules ? Argument(modules) : Argument());
  arguments.positional(made.string()).positional(model);
  for (const Argument& argument : more) arguments.positional(argument);
  python::call(python::script_function("torchhub_export_model", kExportScript, function), arguments,
               "exporting the model");

  const archive::MappedFile file(made);
  cache::PartFile part(path);
  part.size_hint(file.view().size());
  part.write_at(0, file.view());
  part.publish();
}

}  // namespace

Hook::~Hook() {
  // The model may be gone, and a host program's interpreter, too.
  if (!Py_IsInitialized()) return;
  try {
    remove();
  } catch (const std::exception&) {
    // Nobody is there to hear of it.
  }
}

void Hook::remove() {
  const python::Object handle = std::exchange(handle_, python::Object());
  if (handle) python::call(python::attribute(handle, "remove"), Arguments(), "removing a hook");
}

bool Model::is_callable() const {
  return in_python("looking at the object", [&] { return PyCallable_Check(object_.get()) != 0; });
}

Output::Tensors Model::call_by_name(const Arguments& arguments) const {
  const python::Object output = python::call(object_, arguments, "calling the model");
  return in_python("calling the model", [&] { return tensors_of(borrow(output)); });
}

std::vector<at::Tensor> Model::call(const std::vector<at::Tensor>& inputs) const {
  return in_python("calling the model", [&] {
    std::vector<at::Tensor> tensors;
    for (auto& [path, tensor] : tensors_of(borrow(object_)(*wrap_all(inputs))))
      tensors.push_back(std::move(tensor));
    return tensors;
  });
}

at::Tensor Model::forward(const std::vector<at::Tensor>& inputs) const {
  const std::vector<at::Tensor> tensors = call(inputs);
  if (tensors.size() != 1) {
    throw Error(errc::not_a_tensor, "the model returned " + std::to_string(tensors.size()) +
                                        " tensors where one was wanted");
  }
  return tensors.front();
}

Model Model::operator()(const Arguments& arguments) const {
  return Model(python::call(object_, arguments), modules_);
}

Model Model::method(std::string_view name, const Arguments& arguments) const {
  return Model(python::call(python::attribute(object_, name), arguments), modules_);
}

Model Model::attribute(std::string_view name) const {
  return Model(python::attribute(object_, name), modules_);
}

Model Model::operator[](const Argument& key) const {
  return Model(python::item(object_, key), modules_);
}

std::size_t Model::size() const { return python::length(object_); }

Model Model::part(std::string_view name) const {
  return in_python("taking a part", [&] {
    const py::object found =
        detail::parts_function("part_of")(borrow(object_), py::str(name.data(), name.size()));
    return Model(python::Object(found.ptr()), modules_);
  });
}

std::vector<Model> Model::elements() const {
  std::vector<Model> models;
  for (python::Object& element : python::elements(object_))
    models.emplace_back(std::move(element), modules_);
  return models;
}

bool Model::is_tensor() const {
  return in_python("looking at the object", [&] { return THPVariable_Check(object_.get()); });
}

at::Tensor Model::tensor() const {
  try {
    return as<at::Tensor>();
  } catch (const python::Error& error) {
    if (error.code() != python::errc::wrong_type) throw;
    throw Error(errc::not_a_tensor, error.what());
  }
}

bool Model::is_none() const { return python::is_none(object_); }

ModelIterator::ModelIterator(python::Object iterator, python::Object modules)
    : iterator_(std::move(iterator)), modules_(std::move(modules)) {
  ++*this;
}

ModelIterator& ModelIterator::operator++() {
  current_ = Model(python::next(iterator_), modules_);
  return *this;
}

Argument Model::value() const { return python::to_argument(object_); }

std::string Model::text() const { return python::to_text(object_); }

Argument Model::summary() const {
  return in_python("looking at the object", [&] {
    return python::to_argument(
        python::Object(detail::parts_function("summary_of")(borrow(object_)).ptr()));
  });
}

std::string Model::type() const { return python::type_name(object_); }

std::vector<std::string> Model::dir() const { return python::dir(object_); }

std::string Model::help(std::string_view method) const {
  return python::help(method.empty() ? object_ : python::attribute(object_, method));
}

std::vector<std::string> Model::methods() const {
  return in_python("listing the model's methods", [&] {
    const py::type type = py::type::of(borrow(object_));
    const py::object dir = py::module_::import("builtins").attr("dir");
    const py::set common(dir(py::module_::import("torch").attr("nn").attr("Module")));
    std::vector<std::string> names;
    for (const py::handle& item : dir(type)) {
      const std::string name = py::str(item);
      const bool inherited = common.contains(item) && name != "forward";
      if (name.starts_with('_') || inherited) continue;
      // Some descriptors work on an object alone: forward of a traced module.
      py::object member = py::getattr(type, item, py::none());
      if (member.is_none()) member = py::getattr(borrow(object_), item, py::none());
      if (PyCallable_Check(member.ptr())) names.push_back(name);
    }
    return names;
  });
}

std::optional<std::int64_t> Model::parameter_count() const {
  return in_python("counting the model's parameters", [&]() -> std::optional<std::int64_t> {
    const py::object object = borrow(object_);
    if (!is_module(object)) return std::nullopt;
    std::int64_t count = 0;
    for (const py::handle& parameter : object.attr("parameters")())
      count += parameter.attr("numel")().cast<std::int64_t>();
    return count;
  });
}

std::string Model::device() const {
  return in_python("asking for the model's device", [&]() -> std::string {
    const py::object object = borrow(object_);
    if (!is_module(object)) return "";
    for (const py::handle& parameter : object.attr("parameters")())
      return py::str(parameter.attr("device"));
    return "";
  });
}

StateDict Model::state_dict() const {
  return in_python("asking for the state_dict", [&] {
    return named_tensors(borrow(object_).attr("state_dict")().attr("items")());
  });
}

StateDict Model::parameters() const {
  return in_python("asking for the parameters",
                   [&] { return named_tensors(borrow(object_).attr("named_parameters")()); });
}

Model Model::submodule(std::string_view name) const {
  return Model(python::call(python::attribute(object_, "get_submodule"), Arguments(name),
                            "asking for the submodule " + std::string(name)),
               modules_);
}

std::vector<std::pair<std::string, Model>> Model::named_modules() const {
  std::vector<std::pair<std::string, Model>> modules;
  for (const Model& entry : method("named_modules"))
    modules.emplace_back(entry[0].as<std::string>(), Model(entry[1].object(), modules_));
  return modules;
}

Hook Model::forward_hook(const Argument& hook) const {
  return Hook(python::call(python::attribute(object_, "register_forward_hook"), Arguments(hook),
                           "registering a hook"));
}

Hook Model::forward_pre_hook(const Argument& hook) const {
  return Hook(python::call(python::attribute(object_, "register_forward_pre_hook"), Arguments(hook),
                           "registering a hook"));
}

Model Model::to(const c10::Device& device) const { return method("to", device); }

Model Model::to(c10::ScalarType dtype) const { return method("to", dtype); }

Model Model::to(const c10::Device& device, c10::ScalarType dtype) const {
  return method("to", device, dtype);
}

Model Model::half() const { return method("half"); }

const Model& Model::eval() const {
  in_python("setting the mode", [&] { borrow(object_).attr("eval")(); });
  return *this;
}

const Model& Model::train(bool mode) const {
  in_python("setting the mode", [&] { borrow(object_).attr("train")(mode); });
  return *this;
}

void Model::export_to(const std::filesystem::path& path,
                      const std::vector<at::Tensor>& example_inputs,
                      const CompileOptions& options) const {
  const ExportFormat format = options.format().value_or(
      TORCHHUB_TORCH_HAS_PACKAGES && !options.script() ? ExportFormat::aot_inductor
                                                       : ExportFormat::torchscript);
  for (const auto& [input, dimension] : options.dynamic()) {
    if (input >= example_inputs.size() || dimension < 0 || dimension >= example_inputs[input].dim())
      throw Error(errc::not_exported, "input " + std::to_string(input) + " has no dimension " +
                                          std::to_string(dimension));
  }
  if (format == ExportFormat::torchscript && options.script()) return save_script(path, options);
  if (format == ExportFormat::aot_inductor && !TORCHHUB_TORCH_HAS_PACKAGES)
    throw Error(errc::not_exported,
                "LibTorch " TORCH_VERSION " compiles no packages; TorchScript is what it has");
  Argument::List inputs;
  for (const at::Tensor& input : example_inputs) inputs.push_back(tensor_argument(input));
  if (format == ExportFormat::torchscript)
    return write_exported("trace", path, modules_, object_, {Argument(std::move(inputs))},
                          options.force());
  Argument::List dynamic;
  for (const auto& [input, dimension] : options.dynamic())
    dynamic.push_back(Argument::List{input, dimension});
  write_exported("compile", path, modules_, object_,
                 {Argument(std::move(inputs)), Argument(std::move(dynamic))}, options.force());
}

ExportedModel Model::compile(const std::vector<at::Tensor>& example_inputs,
                             const CompileOptions& options) const {
  // LibTorch needs the file until it is open.
  const detail::TemporaryFolder folder;
  export_to(folder.path() / "model.pt2", example_inputs, options);
  return open_exported_model(folder.path() / "model.pt2");
}

void Model::save_script(const std::filesystem::path& path, const CompileOptions& options) const {
  write_exported("script", path, modules_, object_, {}, options.force());
}

}  // namespace torchhub
