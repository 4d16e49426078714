#ifndef TORCHHUB_HUB_DETAIL_TORCH_FITTED_INPUTS_H_
#define TORCHHUB_HUB_DETAIL_TORCH_FITTED_INPUTS_H_
// Tensors as machine code takes them: checked, and laid out in memory as it was made for.

#include <torchhub/hub/detail/model_inputs.h>

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace torchhub::detail {

struct FittedInputs {
  /// Those that lay otherwise in memory are copies.
  std::vector<at::Tensor> inputs;
  /// The results, where a size is 0 that may change and so nothing is to be computed.
  std::optional<std::vector<at::Tensor>> outputs;
};

/// `name` is the model's, for messages; `device_index` of the device where the model lies if it is no CPU.
/// Throws: errc::input_mismatch; c10::Error where there is no memory for a copy.
FittedInputs fit_inputs(const ModelInputs& wanted, const std::vector<at::Tensor>& inputs,
                        c10::DeviceIndex device_index, const std::string& name);

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_TORCH_FITTED_INPUTS_H_
