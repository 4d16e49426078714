#ifndef TORCHHUB_HUB_TORCH_STATE_DICT_H_
#define TORCHHUB_HUB_TORCH_STATE_DICT_H_
// A checkpoint's tensors as LibTorch's, and torch.hub.load_state_dict_from_url.
//
//   torchhub::StateDict weights = torchhub::load_state_dict_from_url(
//       "https://example.com/resnet18-f37072fd.pth",
//       torchhub::CheckpointFileOptions().check_hash(true));
//   at::Tensor kernel = weights.at("conv1.weight");
//
// Nothing is executed and nothing is copied: the tensors lie over the mapped file, and tensors that
// shared a storage share it here too. Writing to one gives this process its own copy of the page;
// the file stays as it is.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/checkpoint_file.h>
#include <torchhub/hub/context.h>

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

/// Names and tensors in the checkpoint's order.
class StateDict {
 public:
  using Entry = std::pair<std::string, at::Tensor>;

  explicit StateDict(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

  /// The tensor called `name`. Throws: archive::errc::no_such_tensor.
  const at::Tensor& at(std::string_view name) const;

 private:
  std::vector<Entry> entries_;
};

/// The tensors of an open checkpoint, which keep its bytes alive by themselves.
/// Throws: errc::libtorch where this LibTorch lacks a tensor's dtype.
StateDict to_state_dict(const archive::Checkpoint& checkpoint);

/// Downloads the checkpoint at `url` unless it is in the cache, and opens it.
/// Throws as get_checkpoint_file, archive::open_checkpoint and to_state_dict.
StateDict load_state_dict_from_url(std::string_view url,
                                   const CheckpointFileOptions& options = CheckpointFileOptions(),
                                   const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_STATE_DICT_H_
