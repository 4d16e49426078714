#ifndef TORCHHUB_HUB_TORCH_LOAD_INTO_H_
#define TORCHHUB_HUB_TORCH_LOAD_INTO_H_
// A state dict into a module: load_state_dict of Python's torch.nn.Module, for C++'s and TorchScript's.
//
//   torchhub::load_into(my_module, weights);
//   torchhub::load_into(script, weights, torchhub::LoadIntoOptions().assign(true));
//
// Source: torch/nn/modules/module.py of PyTorch 2.13, whose messages these are. Different on purpose: the
// module is left as it was where something does not fit.

#include <torchhub/hub/export.h>
#include <torchhub/hub/torch_state_dict.h>

#include <string>
#include <utility>
#include <vector>

namespace torch::nn {
class Module;
}
namespace torch::jit {
struct Module;
}

namespace torchhub {

class LoadIntoOptions {
 public:
  LoadIntoOptions() = default;

  /// Whether the names of both must be the same. Default: true. Shapes must fit either way.
  LoadIntoOptions& strict(bool value) {
    strict_ = value;
    return *this;
  }
  bool strict() const { return strict_; }

  /// Whether the module's parameters and buffers become the state dict's tensors, sharing their bytes,
  /// dtype and device, instead of taking over their values. Default: false.
  LoadIntoOptions& assign(bool value) {
    assign_ = value;
    return *this;
  }
  bool assign() const { return assign_; }

  /// Names that begin with `from` begin with `to` instead; the first prefix that fits counts. From
  /// "module." to "" is what a model needs that was trained in DataParallel. A name that has no such
  /// prefix stays as it is.
  LoadIntoOptions& prefix(std::string from, std::string to) {
    prefixes_.emplace_back(std::move(from), std::move(to));
    return *this;
  }
  const std::vector<std::pair<std::string, std::string>>& prefixes() const { return prefixes_; }

 private:
  bool strict_ = true;
  bool assign_ = false;
  std::vector<std::pair<std::string, std::string>> prefixes_;
};

/// Python's _IncompatibleKeys.
struct IncompatibleKeys {
  std::vector<std::string> missing;     ///< of the module, not in the state dict
  std::vector<std::string> unexpected;  ///< of the state dict, not in the module
};

/// Fills the module's parameters and buffers. Counters of batches (num_batches_tracked) may be missing
/// where the state dict has none at all: it is older than they are, as Python knows by its version.
/// Throws: errc::keys_mismatch, naming all missing and unexpected names if `strict`, and all tensors
///   whose shapes do not fit; nothing was changed then.
/// Thread safety: the module must not be used meanwhile.
TORCHHUB_EXPORT IncompatibleKeys load_into(torch::nn::Module& module, const StateDict& state_dict,
                                           const LoadIntoOptions& options = LoadIntoOptions());
TORCHHUB_EXPORT IncompatibleKeys load_into(torch::jit::Module& module, const StateDict& state_dict,
                                           const LoadIntoOptions& options = LoadIntoOptions());

}  // namespace torchhub

#endif  // TORCHHUB_HUB_TORCH_LOAD_INTO_H_
