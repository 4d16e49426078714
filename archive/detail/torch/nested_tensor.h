#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_NESTED_TENSOR_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_NESTED_TENSOR_H_
// Tensors that are made of several, of different sizes.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

// (buffer, sizes, strides, offsets): as the tensors that it is made of, once the sizes can be read.
inline Value rebuild_nested_tensor(TensorBuilder& tensors, Arguments arguments,
                                   std::uint64_t offset) {
  if (arguments.size() != 4)
    throw_flaw(offset, "a nested tensor is rebuilt with the wrong arguments");
  for (const Value argument : arguments) tensors.tensor_of(argument, offset);
  const Value made = object_value(tensors.arena(), "torch._utils._rebuild_nested_tensor",
                                  kept(tensors.arena(), arguments));
  made.pointer<Object>()->role = ObjectRole::nested_tensor;
  return made;
}

// ({'values': ..., 'offsets': ..., 'lengths': ..., ...},): by its inner tensors.
inline Value rebuild_jagged_tensor(TensorBuilder& tensors, Arguments arguments,
                                   std::uint64_t offset) {
  if (arguments.size() != 1 || arguments[0].kind() != Value::Kind::dict)
    throw_flaw(offset, "a nested tensor is rebuilt with the wrong arguments");
  auto* const attributes = tensors.arena().make<Mapping>();
  attributes->entries = tensors.arena().allocate<std::pair<Value, Value>>(3);
  attributes->capacity = 3;
  for (const std::string_view name : {"values", "offsets", "lengths"}) {
    for (const auto& [key, item] : arguments[0].entries()) {
      if (attributes->size == 3 || key.kind() != Value::Kind::string || key.string() != name ||
          item.kind() == Value::Kind::none)
        continue;
      tensors.tensor_of(item, offset);
      attributes->entries[attributes->size++] = {key, item};
    }
  }
  if (attributes->size < 2) throw_flaw(offset, "a nested tensor has no values or no offsets");
  const Value made =
      object_value(tensors.arena(), "torch.nested._internal.nested_tensor.NestedTensor", {});
  made.pointer<Object>()->state = Value(Value::Kind::dict, attributes, 0);
  return made;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_NESTED_TENSOR_H_
