#include <torchhub/python/detail/convert.h>

#include <variant>

namespace torchhub::python::detail {
namespace {

namespace py = pybind11;

struct ToPython {
  py::object operator()(std::monostate) const { return py::none(); }
  py::object operator()(bool value) const { return py::bool_(value); }
  py::object operator()(std::int64_t value) const { return py::int_(value); }
  py::object operator()(double value) const { return py::float_(value); }
  py::object operator()(const std::string& value) const { return py::str(value); }
  py::object operator()(const Object& value) const { return borrow(value); }
  py::object operator()(const WideInteger& value) const {
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
  py::object operator()(const Argument::List& values) const {
    py::list list;
    for (const Argument& value : values) list.append(to_python(value));
    return list;
  }
  py::object operator()(const Argument::Dict& values) const { return to_python(values); }
};

}  // namespace

py::object borrow(const Object& object) { return py::reinterpret_borrow<py::object>(object.get()); }

py::object to_python(const Argument& argument) { return std::visit(ToPython(), argument.value()); }

py::object to_python(const Argument::Dict& values) {
  py::dict dict;
  for (const auto& [key, value] : values) dict[py::str(key)] = to_python(value);
  return dict;
}

}  // namespace torchhub::python::detail
