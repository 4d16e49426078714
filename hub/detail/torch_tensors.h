#ifndef TORCHHUB_HUB_DETAIL_TORCH_TENSORS_H_
#define TORCHHUB_HUB_DETAIL_TORCH_TENSORS_H_
// LibTorch tensors of what a checkpoint says about each.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/torch_state_dict_options.h>

#include <ATen/core/Tensor.h>
#include <c10/core/Storage.h>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace torchhub::detail {

class TensorBuilder {
 public:
  /// Both are borrowed.
  TensorBuilder(const archive::Checkpoint& checkpoint, const StateDictOptions& options);

  /// Reads the storages of `tensors` into memory, instead of leaving them in the mapping.
  /// Throws: as archive::read_storages.
  void read_into_memory(std::span<const archive::TensorInfo* const> tensors);

  /// The tensor; those that share a storage share it here too. Throws: errc::libtorch.
  at::Tensor build(const archive::TensorInfo& info);

 private:
  // A storage's bytes on another device or as another dtype.
  struct Placed {
    c10::ScalarType from;
    c10::ScalarType to;
    c10::Device device;
    c10::Storage storage;
  };
  struct Stored {
    std::optional<c10::Storage> on_cpu;
    std::vector<Placed> placed;
  };

  at::Tensor build_unchecked(const archive::TensorInfo& info);
  at::Tensor build_dense(const archive::TensorInfo& info, c10::ScalarType type);
  at::Tensor build_quantized(const archive::TensorInfo& info, c10::ScalarType type);
  at::Tensor build_sparse(const archive::TensorInfo& info, c10::ScalarType type);
  c10::ScalarType scalar_type(const archive::TensorInfo& info) const;
  c10::ScalarType target_type(c10::ScalarType type) const;
  c10::Device device_of(const archive::TensorInfo& info) const;
  const c10::Storage& on_cpu(const archive::TensorInfo& info);
  const c10::Storage& place(const archive::TensorInfo& info, c10::ScalarType from,
                            c10::ScalarType to, c10::Device device);

  const archive::Checkpoint& checkpoint_;
  const StateDictOptions& options_;
  std::vector<Stored> storages_;
};

}  // namespace torchhub::detail

#endif  // TORCHHUB_HUB_DETAIL_TORCH_TENSORS_H_
