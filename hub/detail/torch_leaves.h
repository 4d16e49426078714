#ifndef TORCHHUB_HUB_DETAIL_TORCH_LEAVES_H_
#define TORCHHUB_HUB_DETAIL_TORCH_LEAVES_H_
// What lies inside a result, and where. Includes pybind11: for .cc files of this room.

// Python.h, inside pybind11, wants to be first.
#include <pybind11/pybind11.h>

#include <functional>
#include <string>

namespace torchhub::detail {

/// Calls `visit` with each tensor, and with whatever else holds no others, in their order. A path is the indexes,
/// keys and field names that lead there, with dots between them; "" is the result itself. Gone into are lists,
/// tuples, named tuples, torch.return_types, mappings, dataclasses, attrs' classes and SimpleNamespace.
/// The caller holds the interpreter's lock, and has imported torch. Throws: error_already_set, RecursionError too.
void for_each_leaf(
    const pybind11::handle& result,
    const std::function<void(const std::string& path, const pybind11::handle& leaf)>& visit);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_TORCH_LEAVES_H_
