#ifndef TORCHHUB_HUB_TORCH_DTYPE_H_
#define TORCHHUB_HUB_TORCH_DTYPE_H_
// A checkpoint's dtypes and LibTorch's.
//
//   torchhub::scalar_type_of(archive::DType::float32) == at::kFloat

#include <torchhub/archive/tensor_info.h>
#include <torchhub/hub/export.h>

#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

namespace torchhub {

/// LibTorch's dtype, or nothing where this LibTorch has none of the kind.
TORCHHUB_EXPORT std::optional<at::ScalarType> scalar_type_of(archive::DType dtype);

/// The checkpoint's dtype, or nothing where checkpoints have none of the kind.
TORCHHUB_EXPORT std::optional<archive::DType> dtype_of(at::ScalarType type);

/// torch's name without "torch.": "float32". LibTorch's own where a checkpoint has no such dtype.
TORCHHUB_EXPORT std::string name_of(at::ScalarType type);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_DTYPE_H_
