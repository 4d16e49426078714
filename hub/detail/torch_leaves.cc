// Python.h, inside pybind11, wants to be first.
#include <pybind11/stl.h>

#include <torchhub/hub/detail/torch_in_python.h>
#include <torchhub/hub/detail/torch_leaves.h>
#include <torchhub/python/script.h>

#include <torch/csrc/autograd/python_variable.h>

#include <utility>
#include <vector>

namespace torchhub::detail {
namespace {

namespace py = pybind11;

constexpr char kPartsScript[] =
#include "hub/detail/result_parts.py.inc"
    ;

}  // namespace

py::object parts_function(const char* name) {
  return borrow(python::script_function("torchhub_result_parts", kPartsScript, name));
}

void for_each_leaf(
    const py::handle& result,
    const std::function<void(const std::string& path, const py::handle& leaf)>& visit) {
  if (THPVariable_Check(result.ptr())) return visit("", result);
  const auto [paths, leaves] =
      parts_function("leaves_of")(result).cast<std::pair<std::vector<std::string>, py::list>>();
  auto path = paths.begin();
  for (const py::handle& leaf : leaves) visit(*path++, leaf);
}

}  // namespace torchhub::detail
