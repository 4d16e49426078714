#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_SPARSE_TENSOR_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_SPARSE_TENSOR_H_
// Sparse tensors, as torch._utils._rebuild_sparse_tensor makes them.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

inline Value rebuild_sparse_tensor(TensorBuilder& tensors, Arguments arguments,
                                   std::uint64_t offset);

// TorchScript's (layout's number, size, requires_grad, indices, values, hooks) or (..., crow_indices,
// col_indices, values, hooks). Source: pushSparseTensor of torch/csrc/jit/serialization/pickler.cpp and
// c10/core/Layout.h, PyTorch 2.13.
inline Value rebuild_script_sparse_tensor(TensorBuilder& tensors, Arguments arguments,
                                          std::uint64_t offset) {
  constexpr std::int64_t kSparse = 1;
  constexpr std::int64_t kSparseCsr = 2;
  const std::int64_t number = arguments[0].integer();
  const bool is_csr = number == kSparseCsr && arguments.size() == 7;
  if ((!is_csr && (number != kSparse || arguments.size() != 6)) ||
      arguments[2].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a sparse tensor is rebuilt with the wrong arguments");
  const auto inner = arguments.subspan(3, is_csr ? 3 : 2);
  auto* const data = tensors.arena().allocate<Value>(inner.size() + 1);
  std::copy(inner.begin(), inner.end(), data);
  new (&data[inner.size()]) Value(arguments[1]);
  const std::array<Value, 2> as_python = {
      named_value(tensors.arena(), is_csr ? "torch.sparse_csr" : "torch.sparse_coo"),
      Value(Value::Kind::tuple, data, inner.size() + 1)};
  const Value made = rebuild_sparse_tensor(tensors, as_python, offset);
  tensors.at(made).requires_grad = arguments[2].boolean();
  return made;
}

// (layout, (indices, values, size[, is_coalesced])), or
// (layout, (compressed_indices, plain_indices, values, size)).
inline Value rebuild_sparse_tensor(TensorBuilder& tensors, Arguments arguments,
                                   std::uint64_t offset) {
  if (tensors.leniency().is_script && arguments.size() >= 6 &&
      arguments[0].kind() == Value::Kind::integer)
    return rebuild_script_sparse_tensor(tensors, arguments, offset);
  const auto data = arguments.size() == 2 && arguments[0].kind() == Value::Kind::named &&
                            arguments[1].kind() == Value::Kind::tuple
                        ? arguments[1].items()
                        : std::span<const Value>();
  std::optional<Layout> layout;
  if (!data.empty()) {
    for (const Layout candidate : {Layout::sparse_coo, Layout::sparse_csr, Layout::sparse_csc,
                                   Layout::sparse_bsr, Layout::sparse_bsc}) {
      if (arguments[0].string() == "torch." + std::string(name_of(candidate))) layout = candidate;
    }
  }
  const bool is_coo = layout == Layout::sparse_coo;
  const bool has_size =
      layout && (is_coo ? data.size() == 3 || data.size() == 4 : data.size() == 4);
  if (!has_size) throw_flaw(offset, "a sparse tensor is rebuilt with the wrong arguments");
  TensorInfo tensor;
  tensor.layout = *layout;
  const auto shape = tensors.shape_of(data[is_coo ? 2 : 3]);
  if (!shape || !element_count(*shape))
    throw_damaged(offset, "a sparse tensor has a shape that is none");
  tensor.shape = *shape;
  const TensorInfo first = tensors.tensor_of(data[0], offset);
  const TensorInfo second = tensors.tensor_of(data[1], offset);
  const TensorInfo values = is_coo ? second : tensors.tensor_of(data[2], offset);
  tensor.dtype = values.dtype;
  for (const TensorInfo* part : {&first, &second, &values}) {
    if (part->layout != Layout::strided || part->quantization)
      throw_damaged(offset, "a sparse tensor has indices or values that are not dense");
  }
  if (is_coo) {
    // Indices are (sparse dimensions, entries), values (entries, dense dimensions...).
    const bool fit =
        first.dtype == DType::int64 && first.shape.size() == 2 && !values.shape.empty() &&
        first.shape[1] == values.shape[0] &&
        static_cast<std::size_t>(first.shape[0]) + values.shape.size() - 1 == tensor.shape.size() &&
        std::equal(values.shape.begin() + 1, values.shape.end(),
                   tensor.shape.begin() + first.shape[0]);
    if (!fit) throw_damaged(offset, "a sparse tensor's indices, values and shape do not fit");
    tensor.is_coalesced =
        data.size() == 4 && data[3].kind() == Value::Kind::boolean && data[3].boolean();
    tensor.parts = tensors.parts({&first, &values});
    return tensors.add(tensor);
  }
  const bool fit = tensor_builder_detail::is_whole_number(first.dtype) &&
                   first.dtype == second.dtype && tensor.shape.size() >= 2 &&
                   !first.shape.empty() && !second.shape.empty() &&
                   values.shape.size() >= second.shape.size() && first.shape.back() >= 1 &&
                   second.shape.back() == values.shape[second.shape.size() - 1];
  if (!fit) throw_damaged(offset, "a sparse tensor's indices, values and shape do not fit");
  tensor.parts = tensors.parts({&first, &second, &values});
  return tensors.add(tensor);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_SPARSE_TENSOR_H_
