#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_load_into.h>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace torchhub {
namespace {

// A parameter or a buffer of a module. The tensor is the module's own: what is done to it is done to
// the module.
struct Slot {
  std::string name;
  at::Tensor tensor;
};

std::string renamed(std::string_view name, const LoadIntoOptions& options) {
  for (const auto& [from, to] : options.prefixes()) {
    if (name.starts_with(from)) return to + std::string(name.substr(from.size()));
  }
  return std::string(name);
}

bool counts_batches(std::string_view name) {
  return name == "num_batches_tracked" || name.ends_with(".num_batches_tracked");
}

// Scalars were tensors of one element before PyTorch 0.4.
at::Tensor scalar_of_old(const at::Tensor& tensor, const at::Tensor& slot) {
  return slot.dim() == 0 && tensor.dim() == 1 && tensor.size(0) == 1 ? tensor[0] : tensor;
}

std::string shape_of(const at::Tensor& tensor) {
  std::string text = "torch.Size([";
  for (std::int64_t i = 0; i < tensor.dim(); ++i)
    text += (i > 0 ? ", " : "") + std::to_string(tensor.size(i));
  return text + "])";
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

IncompatibleKeys load_into_slots(const std::vector<Slot>& slots, const std::string& module,
                                 const StateDict& state_dict, const LoadIntoOptions& options) {
  std::unordered_map<std::string, at::Tensor> given;
  std::vector<std::string> names;
  bool has_batch_counts = false;
  for (const auto& [name, tensor] : state_dict) {
    names.push_back(renamed(name, options));
    given.emplace(names.back(), tensor);
    has_batch_counts = has_batch_counts || counts_batches(name);
  }

  IncompatibleKeys keys;
  std::string mismatches;
  std::vector<std::pair<const Slot*, at::Tensor>> fills;
  std::unordered_set<std::string_view> known;
  for (const Slot& slot : slots) {
    known.insert(slot.name);
    const auto found = given.find(slot.name);
    if (found == given.end()) {
      if (has_batch_counts || !counts_batches(slot.name)) keys.missing.push_back(slot.name);
      continue;
    }
    const at::Tensor tensor = scalar_of_old(found->second, slot.tensor);
    if (tensor.sizes() != slot.tensor.sizes()) {
      mismatches += " size mismatch for " + slot.name + ": copying a param with shape " +
                    shape_of(tensor) + " from checkpoint, the shape in current model is " +
                    shape_of(slot.tensor) + '.';
    }
    fills.emplace_back(&slot, tensor);
  }
  for (std::string& name : names)
    if (!known.contains(name)) keys.unexpected.push_back(std::move(name));

  std::string problems;
  if (options.strict() && !keys.missing.empty())
    problems += " Missing key(s) in state_dict: " + quoted_list(keys.missing) + '.';
  if (options.strict() && !keys.unexpected.empty())
    problems += " Unexpected key(s) in state_dict: " + quoted_list(keys.unexpected) + '.';
  problems += mismatches;
  if (!problems.empty())
    throw Error(errc::keys_mismatch,
                "Error(s) in loading state_dict for " + module + ':' + problems);

  const at::NoGradGuard no_grad;
  try {
    for (const auto& [slot, tensor] : fills) {
      // Not replaced but given other data: a module of C++ has members of its own for its tensors.
      if (options.assign()) {
        slot->tensor.set_data(tensor.detach());
      } else {
        slot->tensor.copy_(tensor);
      }
    }
  } catch (const c10::Error& error) {
    throw Error(errc::libtorch,
                "loading the state_dict for " + module + ": " + error.what_without_backtrace());
  }
  return keys;
}

}  // namespace

IncompatibleKeys load_into(torch::nn::Module& module, const StateDict& state_dict,
                           const LoadIntoOptions& options) {
  std::vector<Slot> slots;
  for (const auto& item : module.named_parameters()) slots.push_back({item.key(), item.value()});
  for (const auto& item : module.named_buffers()) slots.push_back({item.key(), item.value()});
  return load_into_slots(slots, module.name(), state_dict, options);
}

IncompatibleKeys load_into(torch::jit::Module& module, const StateDict& state_dict,
                           const LoadIntoOptions& options) {
  std::vector<Slot> slots;
  for (const auto& item : module.named_parameters()) slots.push_back({item.name, item.value});
  for (const auto& item : module.named_buffers()) slots.push_back({item.name, item.value});
  const auto name = module.type()->name();
  return load_into_slots(slots, name ? name->name() : "a TorchScript module", state_dict, options);
}

}  // namespace torchhub
