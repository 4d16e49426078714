#ifndef TORCHHUB_HUB_DETAIL_TORCH_LEAVES_H_
#define TORCHHUB_HUB_DETAIL_TORCH_LEAVES_H_
// What lies inside a result, and where. Includes pybind11: for .cc files of this room.

// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <functional>
#include <string>

namespace torchhub::detail {

/// A function of result_parts.py.
pybind11::object parts_function(const char* name);

/// Calls `visit` with each tensor, and with whatever else has no parts, in their order. A path is what leads there from
/// the result, as torch_output.h has it. Gone into are lists, tuples, named tuples, torch.return_types, mappings,
/// dataclasses, attrs' classes and SimpleNamespace; what holds itself is gone through once.
/// The caller holds the interpreter's lock, and has imported torch. Throws: error_already_set; PythonException.
void for_each_leaf(
    const pybind11::handle& result,
    const std::function<void(const std::string& path, const pybind11::handle& leaf)>& visit);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_TORCH_LEAVES_H_
