#ifndef TORCHHUB_HUB_TORCH_SAVE_H_
#define TORCHHUB_HUB_TORCH_SAVE_H_
// A state dict into a file that Python reads.
//
//   torchhub::save_state_dict(weights, "model.safetensors");
//   torchhub::save_state_dict(weights, "model.pth");     // torch.load(..., weights_only=True)
//
// The file appears when it is whole; one that was there before is replaced then.

#include <torchhub/archive/read_only_file.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_state_dict.h>

#include <filesystem>

namespace torchhub {

enum class SaveFormat {
  by_name,      ///< safetensors for a name that ends so, else torch's
  safetensors,  ///< tensors that share bytes get bytes of their own, but for a second name of one
  torch_zip,    ///< torch.save's; what shares a storage goes on doing so
};

/// Tensors on other devices are copied to the CPU on the way; conjugate and negative views are
/// resolved.
/// Throws: archive::errc::unsupported_format for sparse, quantized and meta tensors, and dtypes that the
///   format lacks; archive::errc::damaged_checkpoint for a name twice; the system's codes.
TORCHHUB_EXPORT void save_state_dict(const StateDict& state_dict, const std::filesystem::path& path,
                                     SaveFormat format = SaveFormat::by_name,
                                     archive::ReadOnlyFile read_only = archive::ReadOnlyFile::kept);

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_SAVE_H_
