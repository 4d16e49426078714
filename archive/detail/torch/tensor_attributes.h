#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_ATTRIBUTES_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_ATTRIBUTES_H_
// What a tensor's state may set.

#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

namespace tensor_attributes_detail {

// What torch.Tensor's own attributes do when they are set, where they do anything: "data" and "real" put other
// numbers into the tensor. torch.save writes a tensor's __dict__, where none of them is.
// Source: the data descriptors of torch.Tensor, PyTorch 1.13 and 2.13.
// clang-format off
inline constexpr auto kTensorAttributes = std::to_array<std::string_view>({
    "data", "real", "H", "T", "_backward_hooks", "_base", "_cdata", "_grad", "_grad_fn",
    "_has_symbolic_sizes_strides", "_version", "data", "device", "dtype", "grad", "grad_dtype",
    "grad_fn", "imag", "is_cpu", "is_cuda", "is_ipu", "is_leaf", "is_maia", "is_meta",
    "is_mkldnn", "is_mps", "is_mtia", "is_nested", "is_ort", "is_quantized", "is_sparse",
    "is_vulkan", "is_sparse_csr", "is_xla", "is_xpu", "itemsize", "layout", "mH", "mT", "name",
    "names", "nbytes", "ndim", "output_nr", "real", "requires_grad", "retains_grad", "shape",
    "volatile", "_python_dispatch", "_post_accumulate_grad_hooks"
});
// clang-format on

inline bool is_tensor_attribute(std::string_view name) {
  return name.starts_with("__") || std::find(kTensorAttributes.begin(), kTensorAttributes.end(),
                                             name) != kTensorAttributes.end();
}

}  // namespace tensor_attributes_detail

/// Throws ValueFlaw for a state that sets what torch never writes: a dict of attributes, or the pair of such
/// a dict and one of slots, each of which may be None.
/// Source: _set_obj_state of torch/_utils.py.
inline void check_tensor_state(Value state, std::uint64_t offset) {
  if (state.kind() == Value::Kind::tuple) {
    for (const Value part : state.items())
      if (part.kind() != Value::Kind::tuple) check_tensor_state(part, offset);
    return;
  }
  if (state.kind() != Value::Kind::dict) return;
  for (const auto& [key, value] : state.entries()) {
    if (key.kind() == Value::Kind::string &&
        tensor_attributes_detail::is_tensor_attribute(key.string()))
      throw_flaw(offset, "a tensor's state sets its attribute '" + std::string(key.string()) +
                             "', which torch never writes");
  }
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_ATTRIBUTES_H_
