#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_state_dict.h>

#include <ATen/ops/_conj.h>
#include <ATen/ops/_empty_affine_quantized.h>
#include <ATen/ops/_empty_per_channel_affine_quantized.h>
#include <ATen/ops/_neg_view.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/sparse_compressed_tensor.h>
#include <ATen/ops/sparse_coo_tensor.h>
#include <c10/core/Storage.h>
#include <c10/core/TensorImpl.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace torchhub {
namespace {

using archive::TensorInfo;
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

// Tensors of an open checkpoint; those that share a storage share it here too.
class Builder {
 public:
  explicit Builder(const archive::Checkpoint& checkpoint)
      : checkpoint_(checkpoint), storages_(checkpoint.storage_count()) {}

  at::Tensor build(const TensorInfo& info) {
    const auto type = scalar_type_of(info.dtype);
    if (!type) {
      throw Error(errc::libtorch, "LibTorch " TORCH_VERSION " has no dtype " +
                                      std::string(name_of(info.dtype)) + ", which the tensor '" +
                                      std::string(info.name) + "' has");
    }
    try {
      at::Tensor tensor = build(info, *type);
      const bool may_require = at::isFloatingType(*type) || at::isComplexType(*type);
      return info.requires_grad && may_require ? tensor.set_requires_grad(true) : tensor;
    } catch (const c10::Error& error) {
      throw Error(errc::libtorch,
                  "the tensor '" + std::string(info.name) + "': " + error.what_without_backtrace());
    }
  }

 private:
  static at::IntArrayRef sizes(archive::Shape shape) { return {shape.data(), shape.size()}; }

  at::Tensor build(const TensorInfo& info, at::ScalarType type) {
    if (info.layout == archive::Layout::sparse_coo) {
      at::Tensor tensor =
          at::sparse_coo_tensor(build(info.parts[0]), build(info.parts[1]), sizes(info.shape));
      return info.is_coalesced ? tensor._coalesced_(true) : tensor;
    }
    if (info.layout != archive::Layout::strided) {
      return at::sparse_compressed_tensor(build(info.parts[0]), build(info.parts[1]),
                                          build(info.parts[2]), sizes(info.shape),
                                          at::TensorOptions(type).layout(layout_of(info.layout)));
    }
    if (info.is_meta) {
      return at::empty_strided(sizes(info.shape), sizes(info.stride),
                               at::TensorOptions(type).device(at::kMeta));
    }
    if (info.quantization) return build_quantized(info, type);
    at::Tensor tensor = at::detail::make_tensor<c10::TensorImpl>(
        c10::Storage(storage_of(info)), c10::DispatchKeySet(c10::DispatchKey::CPU),
        c10::scalarTypeToTypeMeta(type));
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(
        sizes(info.shape), sizes(info.stride), static_cast<std::int64_t>(info.storage_offset));
    if (info.is_conjugate) tensor = at::_conj(tensor);
    return info.is_negative ? at::_neg_view(tensor) : tensor;
  }

  at::Tensor build_quantized(const TensorInfo& info, at::ScalarType type) {
    const archive::Quantization& quantization = *info.quantization;
    const at::TensorOptions options(type);
    at::Tensor tensor = info.parts.empty() ? at::_empty_affine_quantized(sizes(info.shape), options,
                                                                         quantization.scale,
                                                                         quantization.zero_point)
                                           : at::_empty_per_channel_affine_quantized(
                                                 sizes(info.shape), build(info.parts[0]),
                                                 build(info.parts[1]), quantization.axis, options);
    return tensor.set_(storage_of(info), static_cast<std::int64_t>(info.storage_offset),
                       sizes(info.shape), sizes(info.stride));
  }

  static at::Layout layout_of(archive::Layout layout) {
    switch (layout) {
      case archive::Layout::sparse_csr:
        return at::kSparseCsr;
      case archive::Layout::sparse_csc:
        return at::kSparseCsc;
      case archive::Layout::sparse_bsr:
        return at::kSparseBsr;
      case archive::Layout::sparse_bsc:
        return at::kSparseBsc;
      default:
        return at::kStrided;
    }
  }

  const c10::Storage& storage_of(const TensorInfo& info) {
    std::optional<c10::Storage>& storage = storages_[info.storage];
    if (!storage) storage = make_storage(checkpoint_.storage_bytes(info), checkpoint_.owner());
    return *storage;
  }

  const archive::Checkpoint& checkpoint_;
  std::vector<std::optional<c10::Storage>> storages_;
};

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
  Builder builder(checkpoint);
  std::vector<StateDict::Entry> entries;
  entries.reserve(checkpoint.tensors().size());
  for (const TensorInfo& info : checkpoint.tensors())
    entries.emplace_back(info.name, builder.build(info));
  return StateDict(std::move(entries));
}

StateDict load_state_dict_from_url(std::string_view url, const CheckpointFileOptions& options,
                                   const Context& context) {
  return to_state_dict(archive::open_checkpoint(get_checkpoint_file(url, options, context)));
}

}  // namespace torchhub
