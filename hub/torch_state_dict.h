#ifndef TORCHHUB_HUB_TORCH_STATE_DICT_H_
#define TORCHHUB_HUB_TORCH_STATE_DICT_H_
// A checkpoint's tensors as LibTorch's, and torch.hub.load_state_dict_from_url.
//
//   torchhub::StateDict weights = torchhub::load_state_dict_from_url(
//       "https://example.com/resnet18-f37072fd.pth", torchhub::StateDictOptions().check_hash(true));
//   at::Tensor kernel = weights.at("conv1.weight");
//
// Nothing is executed and, unless the options ask for it, nothing is copied: the tensors lie over the
// mapped file, and tensors that shared a storage share it here too. Writing to one gives this process
// its own copy of the page; the file stays as it is.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/hub/context.h>
#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_state_dict_options.h>

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub {

/// Names and tensors, in the checkpoint's order, which keep the file's bytes alive by themselves.
/// Thread safety: it does not change; copies share it.
class TORCHHUB_EXPORT StateDict {
 public:
  /// The name lives as long as a copy of the StateDict.
  using Entry = std::pair<std::string_view, at::Tensor>;

  /// Empty.
  StateDict();
  /// Of tensors that a program has.
  explicit StateDict(std::vector<std::pair<std::string, at::Tensor>> entries);
  /// `entries` name tensors of `checkpoint`.
  StateDict(std::vector<Entry> entries, archive::Checkpoint checkpoint);

  const Entry* begin() const;
  const Entry* end() const;
  std::size_t size() const { return static_cast<std::size_t>(end() - begin()); }

  /// The tensor called `name`, or null; the first of several.
  const at::Tensor* find(std::string_view name) const;
  /// Throws: archive::errc::no_such_tensor.
  const at::Tensor& at(std::string_view name) const;

  /// What was saved, with everything in it that is no tensor; none if it was made of tensors.
  archive::Value values() const;

 private:
  struct Contents;
  std::shared_ptr<const Contents> contents_;
};

/// The tensors of an open checkpoint.
/// Throws: errc::libtorch where this LibTorch lacks a tensor's dtype or the device that it is to go to;
///   archive::Error where a file that is read into memory cannot be read, and what
///   archive::Checkpoint::storage_bytes() throws.
TORCHHUB_EXPORT StateDict to_state_dict(const archive::Checkpoint& checkpoint,
                                        const StateDictOptions& options = StateDictOptions());

/// The tensors of a file. Throws as archive::open_checkpoint and to_state_dict.
TORCHHUB_EXPORT StateDict load_state_dict(const std::filesystem::path& path,
                                          const StateDictOptions& options = StateDictOptions());

/// Downloads the checkpoint at `url` unless it is in the cache, and opens it.
/// Throws as get_checkpoint_file and load_state_dict.
TORCHHUB_EXPORT StateDict
load_state_dict_from_url(std::string_view url, const StateDictOptions& options = StateDictOptions(),
                         const Context& context = Context::from_environment());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_STATE_DICT_H_
