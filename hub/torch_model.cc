// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <torchhub/cache/part_file.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_model.h>
#include <torchhub/python/exception.h>

#include <torch/csrc/autograd/python_variable.h>
#include <torch/csrc/utils/pybind.h>

#include <string_view>

namespace torchhub {
namespace {

namespace py = pybind11;

py::object borrow(const python::Object& object) {
  return py::reinterpret_borrow<py::object>(object.get());
}

// Runs `body` under the interpreter's lock, with Python's exceptions turned into ours.
template <class Body>
auto in_python(const char* context, Body body) {
  const py::gil_scoped_acquire lock;
  try {
    // The tensor class that THPVariable_* look for is made by this import.
    py::module_::import("torch");
    return body();
  } catch (py::error_already_set& raised) {
    raised.restore();
    python::throw_raised(context);
  }
}

void collect_tensors(const py::handle& value, std::vector<at::Tensor>& tensors) {
  if (THPVariable_Check(value.ptr())) {
    tensors.push_back(THPVariable_Unpack(value.ptr()));
  } else if (py::isinstance<py::dict>(value)) {
    for (const auto& item : py::reinterpret_borrow<py::dict>(value))
      collect_tensors(item.second, tensors);
  } else if (py::isinstance<py::tuple>(value) || py::isinstance<py::list>(value)) {
    for (const py::handle& item : value) collect_tensors(item, tensors);
  } else if (!value.is_none()) {
    throw Error(errc::not_a_tensor,
                "the model returned a " +
                    std::string(py::str(py::type::of(value).attr("__qualname__"))) +
                    ", not a tensor");
  }
}

bool is_module(const py::object& object) {
  return py::isinstance(object, py::module_::import("torch").attr("nn").attr("Module"));
}

}  // namespace

std::vector<at::Tensor> Model::call(const std::vector<at::Tensor>& inputs) const {
  return in_python("calling the model", [&] {
    py::tuple arguments(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      arguments[i] = py::reinterpret_steal<py::object>(THPVariable_Wrap(inputs[i]));
    const py::object output = borrow(object_)(*arguments);
    std::vector<at::Tensor> tensors;
    collect_tensors(output, tensors);
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

std::string Model::type() const {
  return in_python("asking for the model's type", [&] {
    const py::type type = py::type::of(borrow(object_));
    const std::string module = py::str(type.attr("__module__"));
    const std::string name = py::str(type.attr("__qualname__"));
    return module == "builtins" ? name : module + '.' + name;
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

std::vector<std::string> Model::methods() const {
  return in_python("listing the model's methods", [&] {
    const py::type type = py::type::of(borrow(object_));
    const py::object dir = py::module_::import("builtins").attr("dir");
    const py::set common(dir(py::module_::import("torch").attr("nn").attr("Module")));
    std::vector<std::string> names;
    for (const py::handle& item : dir(type)) {
      const std::string name = py::str(item);
      const bool inherited = common.contains(item) && name != "forward";
      if (!name.starts_with('_') && !inherited && PyCallable_Check(type.attr(item).ptr()))
        names.push_back(name);
    }
    return names;
  });
}

void Model::save_script(const std::filesystem::path& path) const {
  cache::PartFile part(path);
  in_python("turning the model into TorchScript", [&] {
    const py::module_ torch = py::module_::import("torch");
    // LibTorch 2 warns that TorchScript is deprecated; who calls this wants it all the same.
    const py::module_ warnings = py::module_::import("warnings");
    const py::object quiet = warnings.attr("catch_warnings")();
    quiet.attr("__enter__")();
    warnings.attr("simplefilter")("ignore");
    const py::object scripted = torch.attr("jit").attr("script")(borrow(object_));
    torch.attr("jit").attr("save")(scripted, part.path().string());
    quiet.attr("__exit__")(py::none(), py::none(), py::none());
  });
  part.publish();
}

}  // namespace torchhub
