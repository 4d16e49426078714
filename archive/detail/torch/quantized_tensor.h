#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_QUANTIZED_TENSOR_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_QUANTIZED_TENSOR_H_
// Quantized tensors, as torch._utils._rebuild_qtensor makes them.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/tensor_builder.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace torchhub::archive::detail {

// (storage, offset, size, stride, (scheme, scale, zero_point) or (scheme, scales, zero_points, axis),
// requires_grad, hooks)
inline Value rebuild_qtensor(TensorBuilder& tensors, Arguments arguments, std::uint64_t offset) {
  if (arguments.size() != 7 || arguments[4].kind() != Value::Kind::tuple ||
      arguments[5].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a quantized tensor is rebuilt with the wrong arguments");
  tensors.check_hooks(arguments[6], offset);
  const Value made = tensors.rebuild_tensor(arguments.first(4), std::nullopt, offset);
  TensorInfo tensor = tensors.at(made);
  tensor.requires_grad = arguments[5].boolean();
  const auto parameters = arguments[4].items();
  constexpr std::string_view kModule = "torch.";
  if (parameters.size() < 3 || parameters[0].kind() != Value::Kind::named ||
      !parameters[0].string().starts_with(kModule))
    throw_flaw(offset, "a quantized tensor has no scheme");
  auto* const quantization = tensors.arena().make<Quantization>();
  quantization->scheme = parameters[0].string().substr(kModule.size());
  tensor.quantization = quantization;
  if (parameters.size() == 3 && parameters[1].kind() == Value::Kind::real &&
      parameters[2].kind() == Value::Kind::integer) {
    quantization->scale = parameters[1].real();
    quantization->zero_point = parameters[2].integer();
    if (!std::isfinite(quantization->scale) || quantization->scale <= 0)
      throw_damaged(offset, "a quantized tensor has a scale that is none");
    tensors.at(made) = tensor;
    return made;
  }
  if (parameters.size() != 4 || parameters[3].kind() != Value::Kind::integer ||
      parameters[1].kind() != Value::Kind::tensor || parameters[2].kind() != Value::Kind::tensor)
    throw_flaw(offset, "a tensor is quantized in a way that is not read", errc::unsupported_format);
  const TensorInfo scales = tensors.tensor_of(parameters[1], offset);
  const TensorInfo zero_points = tensors.tensor_of(parameters[2], offset);
  quantization->axis = parameters[3].integer();
  const bool fit = quantization->axis >= 0 &&
                   static_cast<std::size_t>(quantization->axis) < tensor.shape.size() &&
                   scales.numel() == zero_points.numel() && scales.shape.size() == 1 &&
                   scales.shape[0] == tensor.shape[static_cast<std::size_t>(quantization->axis)];
  if (!fit) throw_damaged(offset, "a quantized tensor's scales, zero points and axis do not fit");
  tensor.parts = tensors.parts({&scales, &zero_points});
  tensors.at(made) = tensor;
  return made;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_QUANTIZED_TENSOR_H_
