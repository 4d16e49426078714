#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_REBUILD_TENSOR_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_REBUILD_TENSOR_H_
// What torch._utils._rebuild_* make, one by one or for a tensor of a type of its own.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/device_tensor.h>
#include <torchhub/archive/detail/torch/nested_tensor.h>
#include <torchhub/archive/detail/torch/quantized_tensor.h>
#include <torchhub/archive/detail/torch/sparse_tensor.h>
#include <torchhub/archive/detail/torch/tensor_attributes.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/torch_globals.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

/// What `callable`, one of the functions that make tensors, makes of `arguments`. Throws: ValueFlaw,
/// errc::damaged_checkpoint, unsupported_format.
inline Value rebuild(TensorBuilder& tensors, Value callable, Arguments arguments,
                     std::uint64_t offset);

namespace rebuild_tensor_detail {

// (class, dtype, size, stride, offset, layout, device, requires_grad), with the tensors inside in the
// attributes.
inline Value rebuild_wrapper(TensorBuilder& tensors, std::string_view type, Arguments arguments,
                             Value state, std::uint64_t offset) {
  if (arguments.size() != 8 || arguments[7].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a tensor of a type is rebuilt with the wrong arguments");
  const Value made = object_value(tensors.arena(), type, {});
  made.pointer<Object>()->state = state;
  if (type != "torch.distributed.tensor.DTensor") return made;
  // Its attributes are slots: (None or the other attributes, {'_local_tensor': ..., '_spec': ...}).
  const auto states = tuple_items(state);
  if (states.size() != 2 || states[1].kind() != Value::Kind::dict)
    throw_flaw(offset, "a distributed tensor has no local part");
  const Value local = find_in(states[1], "_local_tensor");
  const auto shape = tensors.shape_of(arguments[2]);
  if (!shape || local.kind() != Value::Kind::tensor)
    throw_flaw(offset, "a distributed tensor has no local part");
  TensorInfo whole = tensors.tensor_of(local, offset);
  if (whole.shape == *shape) {
    whole.requires_grad = arguments[7].boolean();
    const Value is_parameter = find_in(states[0], "_is_param");
    whole.is_parameter = is_parameter.kind() == Value::Kind::boolean && is_parameter.boolean();
    return tensors.add(whole);
  }
  // A part of it, under the name that it has in Python: it is not what the whole would be.
  auto* const entries = tensors.arena().make<std::pair<Value, Value>>(
      text_value(tensors.arena(), "_local_tensor"), local);
  auto* const attributes = tensors.arena().make<Mapping>();
  attributes->entries = entries;
  attributes->size = attributes->capacity = 1;
  made.pointer<Object>()->state = Value(Value::Kind::dict, attributes, 0);
  return made;
}

// (function, type, arguments, state): the state is Python's own and stays where it is, but for types
// that keep their tensors in it.
inline Value rebuild_from_type(TensorBuilder& tensors, Arguments arguments, std::uint64_t offset) {
  const bool well_formed = arguments.size() == 4 && arguments[0].kind() == Value::Kind::named &&
                           arguments[1].kind() == Value::Kind::named &&
                           arguments[2].kind() == Value::Kind::tuple;
  if (!well_formed) throw_flaw(offset, "a tensor of a type is rebuilt with the wrong arguments");
  const std::string_view type = arguments[1].string();
  const bool is_parameter = type == "torch.nn.parameter.Parameter";
  const bool is_plain =
      is_parameter || type == "torch.Tensor" || type == "torch.nn.parameter.Buffer";
  const bool has_tensors_inside = type == "torch.distributed.tensor.DTensor" ||
                                  type == "torch.nested._internal.nested_tensor.NestedTensor";
  if (!is_plain && !has_tensors_inside && !tensors.leniency().is_lenient)
    throw_at(errc::unsupported_format, offset, "a tensor is of the type " + std::string(type));
  if (is_plain || has_tensors_inside) check_tensor_state(arguments[3], offset);
  switch (id_of(arguments[0])) {
    case GlobalId::rebuild_tensor:
    case GlobalId::rebuild_tensor_v2:
    case GlobalId::rebuild_tensor_v3:
    case GlobalId::rebuild_parameter:
    case GlobalId::rebuild_sparse_tensor:
    case GlobalId::rebuild_qtensor:
    case GlobalId::rebuild_meta_tensor: {
      if (has_tensors_inside) break;
      const Value made = rebuild(tensors, arguments[0], arguments[2].items(), offset);
      if (is_parameter) tensors.at(made).is_parameter = true;
      return made;
    }
    case GlobalId::rebuild_nested_tensor:
    case GlobalId::rebuild_jagged_tensor:
      return rebuild(tensors, arguments[0], arguments[2].items(), offset);
    case GlobalId::rebuild_wrapper_subclass:
      if (!is_plain)
        return rebuild_wrapper(tensors, type, arguments[2].items(), arguments[3], offset);
      break;
    case GlobalId::unknown: {
      // A function of its own: what it was given and the state are all that can be told.
      const Value made = object_value(tensors.arena(), type, arguments[2].items());
      made.pointer<Object>()->state = arguments[3];
      return made;
    }
    default:
      break;
  }
  throw_flaw(offset, "a tensor of a type is rebuilt by " + std::string(arguments[0].string()));
}

}  // namespace rebuild_tensor_detail

inline Value rebuild(TensorBuilder& tensors, Value callable, Arguments arguments,
                     std::uint64_t offset) {
  switch (id_of(callable)) {
    case GlobalId::rebuild_tensor:
      return tensors.rebuild_tensor(arguments, std::nullopt, offset);
    case GlobalId::rebuild_tensor_v2:
      return tensors.rebuild_tensor_v2(arguments, std::nullopt, offset);
    case GlobalId::rebuild_tensor_v3:
      return tensors.rebuild_tensor_v3(arguments, offset);
    case GlobalId::rebuild_parameter:
    case GlobalId::rebuild_parameter_with_state:
      return tensors.rebuild_parameter(arguments, offset);
    case GlobalId::rebuild_from_type:
      return rebuild_tensor_detail::rebuild_from_type(tensors, arguments, offset);
    case GlobalId::rebuild_sparse_tensor:
      return rebuild_sparse_tensor(tensors, arguments, offset);
    case GlobalId::rebuild_qtensor:
      return rebuild_qtensor(tensors, arguments, offset);
    case GlobalId::rebuild_meta_tensor:
      return rebuild_meta_tensor(tensors, arguments, offset);
    case GlobalId::rebuild_nested_tensor:
      return rebuild_nested_tensor(tensors, arguments, offset);
    case GlobalId::rebuild_jagged_tensor:
      return rebuild_jagged_tensor(tensors, arguments, offset);
    case GlobalId::rebuild_wrapper_subclass:
      throw_flaw(offset, "a tensor of a type of its own has no tensors inside",
                 errc::unsupported_format);
    case GlobalId::rebuild_device_tensor_from_cpu_tensor:
      return rebuild_device_tensor(tensors, arguments, offset);
    case GlobalId::rebuild_device_tensor_from_numpy:
      return rebuild_from_numpy(tensors, arguments, offset);
    case GlobalId::parameter:
      return tensors.parameter(arguments, offset);
    case GlobalId::tensor_type:
      if (arguments.empty()) return tensors.begin(tensor_type(callable.string()));
      break;
    default:
      break;
  }
  throw ValueFlaw(errc::damaged_checkpoint, call_flaw(callable, offset));
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_REBUILD_TENSOR_H_
