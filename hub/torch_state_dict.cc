#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_state_dict.h>

#include <ATen/ops/empty.h>
#include <c10/core/Storage.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace torchhub {
namespace {

using Owner = std::shared_ptr<const void>;

// Bytes that `owner` keeps alive, as a storage; moved to an aligned copy if they lie at an odd
// place.
c10::Storage make_storage(std::span<const std::byte> bytes, Owner owner) {
  // The mapping is private to this process, so writing to it is allowed.
  void* data = const_cast<std::byte*>(bytes.data());
  if (reinterpret_cast<std::uintptr_t>(data) % alignof(std::max_align_t) != 0) {
    const auto aligned = std::make_shared<std::vector<std::max_align_t>>(
        bytes.size() / sizeof(std::max_align_t) + 1);
    std::memcpy(aligned->data(), bytes.data(), bytes.size());
    data = aligned->data();
    owner = aligned;
  }
  auto* const keeper = new Owner(std::move(owner));
  at::DataPtr pointer(
      data, keeper, [](void* held) { delete static_cast<Owner*>(held); }, at::kCPU);
  return c10::Storage(c10::Storage::use_byte_size_t(), bytes.size(), std::move(pointer), nullptr,
                      false);
}

}  // namespace

const at::Tensor& StateDict::at(std::string_view name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.first == name; });
  if (found == entries_.end())
    throw archive::Error(archive::errc::no_such_tensor,
                         "no tensor is called '" + std::string(name) + "'");
  return found->second;
}

StateDict to_state_dict(const archive::Checkpoint& checkpoint) {
  std::vector<std::optional<c10::Storage>> storages(checkpoint.storage_count());
  std::vector<StateDict::Entry> entries;
  entries.reserve(checkpoint.tensors().size());
  for (const archive::TensorInfo& info : checkpoint.tensors()) {
    const auto type = scalar_type_of(info.dtype);
    if (!type) {
      throw Error(errc::libtorch, "LibTorch " TORCH_VERSION " has no dtype " +
                                      std::string(name_of(info.dtype)) + ", which the tensor '" +
                                      info.name + "' has");
    }
    std::optional<c10::Storage>& storage = storages[info.storage];
    if (!storage) storage = make_storage(checkpoint.storage_bytes(info), checkpoint.owner());
    try {
      at::Tensor tensor = at::empty({0}, at::TensorOptions(*type));
      tensor.set_(*storage, static_cast<std::int64_t>(info.storage_offset), info.shape,
                  info.stride);
      entries.emplace_back(info.name,
                           tensor.set_requires_grad(info.requires_grad && isFloatingType(*type)));
    } catch (const c10::Error& error) {
      throw Error(errc::libtorch,
                  "the tensor '" + info.name + "': " + error.what_without_backtrace());
    }
  }
  return StateDict(std::move(entries));
}

StateDict load_state_dict_from_url(std::string_view url, const CheckpointFileOptions& options,
                                   const Context& context) {
  return to_state_dict(archive::open_checkpoint(get_checkpoint_file(url, options, context)));
}

}  // namespace torchhub
