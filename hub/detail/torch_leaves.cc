// Python.h, inside pybind11, wants to be first.
#include <torchhub/hub/detail/torch_leaves.h>

#include <torch/csrc/autograd/python_variable.h>

#include <cstddef>
#include <vector>

namespace torchhub::detail {
namespace {

namespace py = pybind11;

bool is_one_of(const py::handle& value, const char* module, const char* name) {
  return py::isinstance(value, py::module_::import(module).attr(name));
}

std::vector<std::string> texts(const py::handle& values) {
  std::vector<std::string> all;
  for (const py::handle& value : values) all.push_back(py::str(value));
  return all;
}

// What a tuple's elements are called: the fields of a named tuple, or of one that is made in C as torch.return_types
// are, else the indexes.
std::vector<std::string> names_of_elements(const py::handle& tuple) {
  const py::type type = py::type::of(tuple);
  const std::size_t size = py::len(tuple);
  for (const char* fields : {"_fields", "__match_args__"}) {
    if (!py::hasattr(type, fields)) continue;
    std::vector<std::string> names = texts(type.attr(fields));
    if (names.size() == size) return names;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < size; ++i) names.push_back(std::to_string(i));
  return names;
}

// The attributes of an object that is there for what it holds.
std::vector<std::string> fields_of(const py::handle& value) {
  const py::type type = py::type::of(value);
  if (py::hasattr(type, "__dataclass_fields__") || py::hasattr(type, "__attrs_attrs__")) {
    const py::object fields = py::hasattr(type, "__attrs_attrs__")
                                  ? py::object(type.attr("__attrs_attrs__"))
                                  : py::module_::import("dataclasses").attr("fields")(value);
    std::vector<std::string> names;
    for (const py::handle& field : fields) names.push_back(py::str(field.attr("name")));
    return names;
  }
  if (is_one_of(value, "types", "SimpleNamespace")) return texts(value.attr("__dict__"));
  return {};
}

class Walk {
 public:
  explicit Walk(const std::function<void(const std::string&, const py::handle&)>& visit)
      : visit_(visit) {}

  void operator()(const std::string& path, const py::handle& value) const {
    // A list may hold itself; Python has a limit for that.
    if (Py_EnterRecursiveCall(" while looking for tensors")) throw py::error_already_set();
    struct Leave {
      ~Leave() { Py_LeaveRecursiveCall(); }
    } const leave;
    if (THPVariable_Check(value.ptr())) return visit_(path, value);
    if (PyTuple_Check(value.ptr())) {
      const std::vector<std::string> names = names_of_elements(value);
      for (std::size_t i = 0; i < names.size(); ++i)
        (*this)(join(path, names[i]), py::reinterpret_borrow<py::tuple>(value)[i]);
    } else if (PyList_Check(value.ptr())) {
      std::size_t index = 0;
      for (const py::handle& element : value) (*this)(join(path, std::to_string(index++)), element);
    } else if (PyDict_Check(value.ptr()) || is_one_of(value, "collections.abc", "Mapping")) {
      // A copy, since what runs meanwhile may change a dict.
      for (const py::handle& item : py::list(value.attr("items")())) {
        const auto pair = py::reinterpret_borrow<py::tuple>(item);
        (*this)(join(path, py::str(pair[0])), pair[1]);
      }
    } else if (const std::vector<std::string> fields = fields_of(value); !fields.empty()) {
      for (const std::string& field : fields) {
        // A field without a default value that nobody has set.
        if (!py::hasattr(value, field.c_str())) continue;
        (*this)(join(path, field), py::object(value.attr(field.c_str())));
      }
    } else {
      visit_(path, value);
    }
  }

 private:
  static std::string join(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + '.' + name;
  }

  const std::function<void(const std::string&, const py::handle&)>& visit_;
};

}  // namespace

void for_each_leaf(
    const py::handle& result,
    const std::function<void(const std::string& path, const py::handle& leaf)>& visit) {
  Walk walk(visit);
  walk("", result);
}

}  // namespace torchhub::detail
