// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torchhub/archive/byte_source.h>
#include <torchhub/cache/part_file.h>
#include <torchhub/cache/replaced_path.h>
#include <torchhub/hub/detail/temporary_folder.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/python/exception.h>
#include <torchhub/python/interpreter.h>
#include <torchhub/python/operations.h>
#include <torchhub/python/script.h>

#include <torch/csrc/autograd/python_variable.h>
#include <torch/csrc/utils/pybind.h>
#include <torch/version.h>

#include <atomic>
#include <string_view>
#include <tuple>

namespace torchhub {
namespace {

namespace py = pybind11;

constexpr char kExportScript[] =
#include "hub/export_model.py.inc"
    ;

constexpr char kPartsScript[] =
#include "hub/result_parts.py.inc"
    ;

py::object borrow(const python::Object& object) {
  return py::reinterpret_borrow<py::object>(object.get());
}

// The tensor class that THPVariable_* look for is made by this import.
void import_torch() {
  static std::atomic<bool> is_imported = false;
  if (is_imported) return;
  py::module_::import("torch");
  is_imported = true;
}

// Runs `body` under the interpreter's lock, with Python's exceptions turned into ours.
template <class Body>
auto in_python(const char* doing, Body body) {
  const py::gil_scoped_acquire lock;
  try {
    import_torch();
    return body();
  } catch (py::error_already_set& raised) {
    raised.restore();
    python::throw_raised(doing);
  }
}

py::object wrap(const at::Tensor& tensor) {
  return py::reinterpret_steal<py::object>(THPVariable_Wrap(tensor));
}

py::tuple wrap_all(const std::vector<at::Tensor>& tensors) {
  py::tuple wrapped(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) wrapped[i] = wrap(tensors[i]);
  return wrapped;
}

std::string class_name(const py::handle& value) {
  return py::str(py::type::of(value).attr("__qualname__"));
}

py::object parts_function(const char* name) {
  return borrow(python::script_function("torchhub_result_parts", kPartsScript, name));
}

std::vector<NamedTensor> tensors_of(const py::object& value) {
  if (THPVariable_Check(value.ptr())) return {{"", THPVariable_Unpack(value.ptr())}};
  const auto [names, tensors, other] =
      parts_function("tensors_of")(value)
          .cast<std::tuple<std::vector<std::string>, py::list, std::string>>();
  if (names.empty() && !other.empty())
    throw Error(errc::not_a_tensor, "the model returned a " + class_name(value) +
                                        (other == class_name(value) ? "" : " with a " + other) +
                                        ", not a tensor");
  std::vector<NamedTensor> named;
  for (std::size_t i = 0; i < names.size(); ++i)
    named.push_back({names[i], THPVariable_Unpack(py::object(tensors[i]).ptr())});
  return named;
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

constexpr bool kHasAotInductor = TORCH_VERSION_MAJOR > 2 ||
                                 (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6);

}  // namespace

Argument tensor_argument(const at::Tensor& tensor) {
  python::ensure_interpreter();
  return in_python("passing a tensor", [&] { return python::Object(wrap(tensor).ptr()); });
}

bool Model::is_callable() const {
  return in_python("looking at the object", [&] { return PyCallable_Check(object_.get()) != 0; });
}

std::vector<NamedTensor> Model::call_by_name(const Arguments& arguments) const {
  const python::Object output = python::call(object_, arguments, "calling the model");
  return in_python("calling the model", [&] { return tensors_of(borrow(output)); });
}

std::vector<NamedTensor> Model::call_by_name(const std::vector<at::Tensor>& inputs) const {
  return in_python("calling the model",
                   [&] { return tensors_of(borrow(object_)(*wrap_all(inputs))); });
}

std::vector<at::Tensor> Model::call(const std::vector<at::Tensor>& inputs) const {
  std::vector<at::Tensor> tensors;
  for (NamedTensor& named : call_by_name(inputs)) tensors.push_back(std::move(named.tensor));
  return tensors;
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
        parts_function("part_of")(borrow(object_), py::str(name.data(), name.size()));
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
  return in_python("taking a tensor", [&]() -> at::Tensor {
    if (!THPVariable_Check(object_.get()))
      throw Error(errc::not_a_tensor,
                  "the object is a " + class_name(object_.get()) + ", not a tensor");
    return THPVariable_Unpack(object_.get());
  });
}

Argument Model::value() const { return python::to_argument(object_); }

std::string Model::text() const { return python::to_text(object_); }

Argument Model::summary() const {
  return in_python("looking at the object", [&] {
    return python::to_argument(python::Object(parts_function("summary_of")(borrow(object_)).ptr()));
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

const Model& Model::to(const c10::Device& device) const {
  in_python("moving the model", [&] { borrow(object_).attr("to")(device.str()); });
  return *this;
}

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
  const ExportFormat format =
      options.format().value_or(kHasAotInductor && !options.script() ? ExportFormat::aot_inductor
                                                                     : ExportFormat::torchscript);
  for (const auto& [input, dimension] : options.dynamic()) {
    if (input >= example_inputs.size() || dimension < 0 || dimension >= example_inputs[input].dim())
      throw Error(errc::not_exported, "input " + std::to_string(input) + " has no dimension " +
                                          std::to_string(dimension));
  }
  if (format == ExportFormat::torchscript && options.script()) return save_script(path, options);
  if (format == ExportFormat::aot_inductor && !kHasAotInductor)
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
