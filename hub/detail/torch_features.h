#ifndef TORCHHUB_HUB_DETAIL_TORCH_FEATURES_H_
#define TORCHHUB_HUB_DETAIL_TORCH_FEATURES_H_
// What the LibTorch that this is compiled with has and others lack: the one place that knows versions.
//
//   #if TORCHHUB_TORCH_HAS_PACKAGES

#include <torch/version.h>

#define TORCHHUB_TORCH_SINCE(major, minor) \
  (TORCH_VERSION_MAJOR > (major) ||        \
   (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

/// torch.hub's functions as they are today, safetensors' tensors, weights_only reading of what optimizers save.
#define TORCHHUB_TORCH_IS_2 TORCHHUB_TORCH_SINCE(2, 0)

/// Unsigned integers beyond a byte, floats of eight bits, bare bits.
#define TORCHHUB_TORCH_HAS_FLOAT8 TORCHHUB_TORCH_SINCE(2, 3)

/// AOTInductor's packages: what makes them in Python, and AOTIModelPackageLoader, which opens them.
#define TORCHHUB_TORCH_HAS_PACKAGES TORCHHUB_TORCH_SINCE(2, 6)

/// Floats of four bits, and of an exponent alone.
#define TORCHHUB_TORCH_HAS_FLOAT4 TORCHHUB_TORCH_SINCE(2, 8)

#endif  // TORCHHUB_HUB_DETAIL_TORCH_FEATURES_H_
