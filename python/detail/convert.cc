// Python.h, inside pybind11, wants to be first.
#include <pybind11/complex.h>
#include <pybind11/pybind11.h>

#include <torchhub/python/detail/convert.h>
#include <torchhub/python/detail/utf8.h>
#include <torchhub/python/exception.h>

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace torchhub::python::detail {
namespace {

namespace py = pybind11;

Arguments arguments_of(const py::args& positional, const py::kwargs& keywords) {
  Arguments arguments;
  for (const py::handle& value : positional) arguments.positional(Object(value.ptr()));
  for (const auto& [name, value] : keywords)
    arguments.keyword(utf8_of(name, kPassed), Object(value.ptr()));
  return arguments;
}

// Calls a function of the program's for Python. What it throws becomes Python's exception once the interpreter's
// lock is held again.
py::object call_outside(const Callable& callable, const Arguments& arguments) {
  std::optional<Argument> result;
  std::exception_ptr thrown;
  {
    const py::gil_scoped_release unlocked;
    try {
      result = callable.function()(arguments);
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  if (result) return to_python(*result);
  raise_in_python(thrown);
  throw py::error_already_set();
}

// The Python functions that stand for Callables and live, so that one Callable is one object: Python compares its
// callbacks by identity to take them away again. Guarded by the interpreter's lock, and never destroyed, since
// functions may live for as long as the process.
struct Standing {
  py::object weak;
  const void* owner = nullptr;
};
std::map<const Callable::Function*, Standing>& standing() {
  static auto* const all = new std::map<const Callable::Function*, Standing>();
  return *all;
}

// A function's own mark in there; what has taken its place meanwhile stays.
class Mark {
 public:
  explicit Mark(const Callable::Function* function) : function_(function) {}
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  ~Mark() {
    const auto found = standing().find(function_);
    if (found != standing().end() && found->second.owner == this) standing().erase(found);
  }

 private:
  const Callable::Function* function_;
};

py::object function_of(const Callable& callable) {
  const Callable::Function* const key = &callable.function();
  if (const auto found = standing().find(key); found != standing().end()) {
    py::object living = found->second.weak();
    if (!living.is_none()) return living;
  }
  auto mark = std::make_shared<const Mark>(key);
  const void* const owner = mark.get();
  // pybind11's own line would tell pybind11's types; inspect.signature() reads this one.
  py::options options;
  options.disable_function_signatures();
  const py::cpp_function function(
      [callable, mark = std::move(mark)](const py::args& positional, const py::kwargs& keywords) {
        return call_outside(callable, arguments_of(positional, keywords));
      },
      py::name("callable"),
      "callable(*args, **kwargs)\n--\n\nA function of the program that runs Python.");
  auto weak = py::reinterpret_steal<py::object>(PyWeakref_NewRef(function.ptr(), nullptr));
  if (!weak) throw py::error_already_set();
  standing()[key] = {std::move(weak), owner};
  return function;
}

// Throws ValueError, in int()'s own words, for what is no integer.
void require_integer(const WideInteger& value) {
  const std::string_view digits =
      std::string_view(value.decimal).substr(value.decimal.starts_with('-'));
  const bool is_integer = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  if (is_integer) return;
  PyErr_Format(PyExc_ValueError, "invalid literal for int() with base 10: %R",
               str_of(value.decimal).ptr());
  throw py::error_already_set();
}

struct ToPython {
  py::object operator()(std::monostate) const { return py::none(); }
  py::object operator()(bool value) const { return py::bool_(value); }
  py::object operator()(std::int64_t value) const { return py::int_(value); }
  py::object operator()(double value) const { return py::float_(value); }
  py::object operator()(const std::string& value) const { return str_of(value); }
  py::object operator()(const WideInteger& value) const {
    require_integer(value);
    // int() takes 4300 digits at most (sys.set_int_max_str_digits); there is no such limit here.
    constexpr std::size_t kPiece = 4000;
    const bool is_negative = value.decimal.starts_with('-');
    const py::object integer = py::module_::import("builtins").attr("int");
    py::object whole = py::int_(0);
    for (std::size_t at = is_negative; at < value.decimal.size(); at += kPiece) {
      const std::string piece = value.decimal.substr(at, kPiece);
      whole = whole * py::int_(10).attr("__pow__")(piece.size()) + integer(piece);
    }
    return is_negative ? -whole : whole;
  }
  py::object operator()(const Object& value) const {
    if (value) return borrow(value);
    PyErr_SetString(PyExc_TypeError, "an argument holds no object");
    throw py::error_already_set();
  }
  py::object operator()(const Bytes& value) const { return py::bytes(value.data); }
  py::object operator()(const std::complex<double>& value) const { return py::cast(value); }
  py::object operator()(const Argument::List& values) const {
    py::list list;
    for (const Argument& value : values) list.append(to_python(value));
    return list;
  }
  py::object operator()(const Argument::Tuple& values) const {
    return py::tuple((*this)(values.items));
  }
  py::object operator()(const Argument::Dict& values) const {
    py::dict dict;
    for (const auto& [key, value] : values) dict[to_python(key)] = to_python(value);
    return dict;
  }
  py::object operator()(const Callable& callable) const { return function_of(callable); }
};

}  // namespace

py::object borrow(const Object& object) { return py::reinterpret_borrow<py::object>(object.get()); }

py::object to_python(const Argument& argument) { return std::visit(ToPython(), argument.value()); }

py::object to_python(const Arguments::Keywords& values) {
  py::dict dict;
  for (const auto& [key, value] : values) {
    const py::str name = str_of(key);
    if (dict.contains(name)) {
      PyErr_Format(PyExc_TypeError, "keyword argument repeated: %U", name.ptr());
      throw py::error_already_set();
    }
    dict[name] = to_python(value);
  }
  return dict;
}

}  // namespace torchhub::python::detail
