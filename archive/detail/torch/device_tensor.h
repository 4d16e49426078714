#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_DEVICE_TENSOR_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_DEVICE_TENSOR_H_
// Tensors that lie on no machine, or that came from a device to be saved.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

// (dtype, size, stride, requires_grad)
inline Value rebuild_meta_tensor(TensorBuilder& tensors, Arguments arguments,
                                 std::uint64_t offset) {
  const auto dtype = arguments.size() == 4 ? named_dtype(arguments[0]) : std::nullopt;
  const auto shape = dtype ? tensors.shape_of(arguments[1]) : std::nullopt;
  const auto stride = shape ? tensors.shape_of(arguments[2]) : std::nullopt;
  if (!stride || stride->size() != shape->size() || !element_count(*shape) ||
      arguments[3].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a meta tensor is rebuilt with the wrong arguments");
  TensorInfo tensor;
  tensor.dtype = *dtype;
  tensor.shape = *shape;
  tensor.stride = *stride;
  tensor.is_meta = true;
  tensor.requires_grad = arguments[3].boolean();
  return tensors.add(tensor);
}

// (tensor, dtype, device, requires_grad)
inline Value rebuild_device_tensor(TensorBuilder& tensors, Arguments arguments,
                                   std::uint64_t offset) {
  const auto dtype = arguments.size() == 4 ? named_dtype(arguments[1]) : std::nullopt;
  if (!dtype || arguments[3].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a device's tensor is rebuilt with the wrong arguments");
  TensorInfo tensor = tensors.tensor_of(arguments[0], offset);
  if (tensor.dtype != *dtype)
    throw_flaw(offset, "a device's tensor comes from a tensor of another dtype",
               errc::unsupported_format);
  tensor.requires_grad = arguments[3].boolean();
  return tensors.add(tensor);
}

// (array, dtype, device, requires_grad); _rebuild_xla_tensor's too.
inline Value rebuild_from_numpy(TensorBuilder& tensors, Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() == 4 ? named_dtype(arguments[1]) : std::nullopt;
  if (!dtype || arguments[0].kind() != Value::Kind::array ||
      arguments[3].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a device's tensor is rebuilt with the wrong arguments");
  const ArrayInfo& array = arguments[0].array();
  if (!array.is_number || array.dtype != *dtype || array.fortran_order || array.is_big_endian)
    throw_flaw(offset, "a device's tensor comes from an array of another dtype or order",
               errc::unsupported_format);
  StorageReference storage;
  storage.key = tensors.arena().copy("(in the pickle) " +
                                     std::to_string(tensors.storages().storages().size()));
  storage.location = "cpu";
  storage.dtype = dtype;
  storage.bytes = array.bytes.size();
  storage.is_in_pickle = true;
  TensorInfo tensor;
  tensor.dtype = *dtype;
  tensor.storage = tensors.storages().number_in_pickle(storage, array.bytes, offset);
  tensor.shape = array.shape;
  auto* const stride = tensors.arena().allocate<std::int64_t>(array.shape.size());
  std::int64_t step = 1;
  for (std::size_t i = array.shape.size(); i-- > 0;) {
    stride[i] = step;
    step *= std::max<std::int64_t>(array.shape[i], 1);
  }
  tensor.stride = Shape(stride, array.shape.size());
  tensor.requires_grad = arguments[3].boolean();
  return tensors.add(tensor);
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_DEVICE_TENSOR_H_
