#include <torchhub/archive/storage_reader.h>
#include <torchhub/hub/detail/torch_tensors.h>
#include <torchhub/hub/error.h>
#include <torchhub/hub/torch_dtype.h>

#include <ATen/ops/_conj.h>
#include <ATen/ops/_empty_affine_quantized.h>
#include <ATen/ops/_empty_per_channel_affine_quantized.h>
#include <ATen/ops/_neg_view.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/sparse_compressed_tensor.h>
#include <ATen/ops/sparse_coo_tensor.h>
#include <c10/core/TensorImpl.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>

namespace torchhub::detail {
namespace {

using archive::TensorInfo;
using Owner = std::shared_ptr<const void>;

constexpr std::size_t kAlignment = 64;
// Storages that are read together: at most so many bytes, with at most so many between two.
constexpr std::size_t kBlock = std::size_t{4} << 20;
constexpr std::size_t kGap = 4096;

c10::IntArrayRef numbers(archive::Shape shape) { return {shape.data(), shape.size()}; }

c10::Storage storage_over(std::span<const std::byte> bytes, Owner owner) {
  // The mapping is private to this process, so writing to it is allowed.
  void* const data = const_cast<std::byte*>(bytes.data());
  auto* const keeper = new Owner(std::move(owner));
  at::DataPtr pointer(
      data, keeper, [](void* held) { delete static_cast<Owner*>(held); }, at::kCPU);
  return c10::Storage(c10::Storage::use_byte_size_t(), bytes.size(), std::move(pointer), nullptr,
                      false);
}

// Fresh memory for a storage, in huge pages where it is large: a page fault for every 4 KiB costs as
// much as reading them.
std::shared_ptr<std::byte> allocate(std::size_t size) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  const std::size_t alignment = size >= kHugePage ? kHugePage : kAlignment;
  const std::size_t rounded =
      (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
  auto* const memory = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (!memory) throw std::bad_alloc();
  if (alignment == kHugePage) ::madvise(memory, rounded, MADV_HUGEPAGE);
  return {memory, [](std::byte* held) { std::free(held); }};
}

// Whether elements of the type may lie there.
bool is_aligned(const std::byte* data, archive::DType dtype) {
  return reinterpret_cast<std::uintptr_t>(data) % archive::swap_bytes(dtype) == 0;
}

c10::Layout layout_of(archive::Layout layout) {
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

}  // namespace

TensorBuilder::TensorBuilder(const archive::Checkpoint& checkpoint, const StateDictOptions& options)
    : checkpoint_(checkpoint), options_(options), storages_(checkpoint.storage_count()) {
  if (options.dtype() && !at::isFloatingType(*options.dtype()))
    throw Error(errc::libtorch, "tensors cannot be turned into " + name_of(*options.dtype()) +
                                    " on the way: only a floating-point type can be asked for");
}

void TensorBuilder::read_into_memory(std::span<const TensorInfo* const> tensors) {
  std::vector<const TensorInfo*> wanted;
  std::vector<bool> is_known(storages_.size());
  const auto want = [&](const TensorInfo& info) {
    if (info.storage == TensorInfo::kNoStorage || is_known[info.storage]) return;
    if (checkpoint_.is_compressed(info)) return;  // in memory once it is inflated
    is_known[info.storage] = true;
    wanted.push_back(&info);
  };
  for (const TensorInfo* info : tensors) {
    want(*info);
    for (const TensorInfo& part : info->parts) want(part);
  }
  // By their places: small ones that are neighbours come with one read, into one block.
  const auto place = [&](const TensorInfo* info) {
    return checkpoint_.storage_bytes(*info).data();
  };
  std::sort(wanted.begin(), wanted.end(), [&](const TensorInfo* a, const TensorInfo* b) {
    return std::less<const std::byte*>()(place(a), place(b));
  });
  std::vector<archive::StorageRead> reads;
  for (std::size_t i = 0; i < wanted.size();) {
    const std::byte* const begin = place(wanted[i]);
    const bool is_in_file = checkpoint_.storage_file_offset(*wanted[i]).has_value();
    std::size_t size = 0;
    std::size_t end = i;
    for (; end < wanted.size(); ++end) {
      const std::span<const std::byte> bytes = checkpoint_.storage_bytes(*wanted[end]);
      const auto reach = static_cast<std::size_t>(bytes.data() - begin) + bytes.size();
      const bool fits = is_in_file && wanted[end]->file == wanted[i]->file &&
                        checkpoint_.storage_file_offset(*wanted[end]) && reach <= kBlock &&
                        static_cast<std::size_t>(bytes.data() - begin) <= size + kGap &&
                        is_aligned(bytes.data(), wanted[end]->dtype);
      if (end > i && !fits) break;
      size = std::max(size, reach);
    }
    const std::size_t before = reinterpret_cast<std::uintptr_t>(begin) % kAlignment;
    const std::shared_ptr<std::byte> memory = allocate(end - i > 1 ? size + before : size);
    // As aligned as in the file, or, alone, as can be.
    std::byte* const target = memory.get() + (end - i > 1 ? before : 0);
    reads.push_back({wanted[i], {target, size}});
    for (; i < end; ++i) {
      const std::span<const std::byte> bytes = checkpoint_.storage_bytes(*wanted[i]);
      storages_[wanted[i]->storage].on_cpu =
          storage_over({target + (bytes.data() - begin), bytes.size()}, memory);
    }
  }
  archive::read_storages(checkpoint_, reads);
}

at::Tensor TensorBuilder::build(const TensorInfo& info) {
  try {
    return build_unchecked(info);
  } catch (const c10::Error& error) {
    throw Error(errc::libtorch,
                "the tensor '" + std::string(info.name) + "': " + error.what_without_backtrace());
  }
}

at::Tensor TensorBuilder::build_unchecked(const TensorInfo& info) {
  const c10::ScalarType type = scalar_type(info);
  at::Tensor tensor = info.layout != archive::Layout::strided ? build_sparse(info, type)
                      : info.quantization                     ? build_quantized(info, type)
                                                              : build_dense(info, type);
  const bool may_require = at::isFloatingType(type) || at::isComplexType(type);
  return info.requires_grad && may_require ? tensor.set_requires_grad(true) : tensor;
}

at::Tensor TensorBuilder::build_dense(const TensorInfo& info, c10::ScalarType type) {
  const c10::ScalarType to = target_type(type);
  const c10::Device device = device_of(info);
  const auto offset = static_cast<std::int64_t>(info.storage_offset);
  at::Tensor tensor;
  if (info.is_meta || device.is_meta()) {
    return at::empty_strided(numbers(info.shape), numbers(info.stride),
                             at::TensorOptions(to).device(at::kMeta));
  }
  if (device.is_cpu()) {
    // at::empty() and set_() would cost more than all the rest.
    tensor = at::detail::make_tensor<c10::TensorImpl>(
        c10::Storage(to == type ? on_cpu(info) : place(info, type, to, device)),
        c10::DispatchKeySet(c10::DispatchKey::CPU), c10::scalarTypeToTypeMeta(to));
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(numbers(info.shape), numbers(info.stride),
                                                        offset);
  } else {
    tensor =
        at::empty({0}, at::TensorOptions(to).device(device))
            .set_(place(info, type, to, device), offset, numbers(info.shape), numbers(info.stride));
  }
  if (info.is_conjugate) tensor = at::_conj(tensor);
  return info.is_negative ? at::_neg_view(tensor) : tensor;
}

at::Tensor TensorBuilder::build_sparse(const TensorInfo& info, c10::ScalarType type) {
  if (info.layout == archive::Layout::sparse_coo) {
    at::Tensor tensor = at::sparse_coo_tensor(build_unchecked(info.parts[0]),
                                              build_unchecked(info.parts[1]), numbers(info.shape));
    return info.is_coalesced ? tensor._coalesced_(true) : tensor;
  }
  const at::Tensor values = build_unchecked(info.parts[2]);
  return at::sparse_compressed_tensor(
      build_unchecked(info.parts[0]), build_unchecked(info.parts[1]), values, numbers(info.shape),
      at::TensorOptions(target_type(type)).layout(layout_of(info.layout)).device(values.device()));
}

at::Tensor TensorBuilder::build_quantized(const TensorInfo& info, c10::ScalarType type) {
  const archive::Quantization& quantization = *info.quantization;
  const at::TensorOptions options(type);
  const auto part = [&](std::size_t i) { return build_unchecked(info.parts[i]).to(at::kCPU); };
  const at::Tensor tensor =
      info.parts.empty() ? at::_empty_affine_quantized(numbers(info.shape), options,
                                                       quantization.scale, quantization.zero_point)
                         : at::_empty_per_channel_affine_quantized(
                               numbers(info.shape), part(0), part(1), quantization.axis, options);
  if (archive::elements_per_byte(info.dtype) > 1) {
    // set_() would want a byte for each element. It lies row by row, as it was made here.
    tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(on_cpu(info));
    tensor.unsafeGetTensorImpl()->set_storage_offset(
        static_cast<std::int64_t>(info.storage_offset));
  } else {
    tensor.set_(on_cpu(info), static_cast<std::int64_t>(info.storage_offset), numbers(info.shape),
                numbers(info.stride));
  }
  const c10::Device device = device_of(info);
  return device.is_cpu() ? tensor : tensor.to(device);
}

c10::ScalarType TensorBuilder::scalar_type(const TensorInfo& info) const {
  if (const auto type = scalar_type_of(info.dtype)) return *type;
  throw Error(errc::libtorch, "LibTorch " TORCH_VERSION " has no dtype " +
                                  std::string(name_of(info.dtype)) + ", which the tensor '" +
                                  std::string(info.name) + "' has");
}

c10::ScalarType TensorBuilder::target_type(c10::ScalarType type) const {
  return options_.dtype() && at::isFloatingType(type) ? *options_.dtype() : type;
}

c10::Device TensorBuilder::device_of(const TensorInfo& info) const {
  return options_.map_location() ? options_.map_location()(checkpoint_.location(info))
                                 : c10::Device(at::kCPU);
}

const c10::Storage& TensorBuilder::on_cpu(const TensorInfo& info) {
  std::optional<c10::Storage>& storage = storages_[info.storage].on_cpu;
  if (storage) return *storage;
  const std::span<const std::byte> bytes = checkpoint_.storage_bytes(info);
  if (is_aligned(bytes.data(), info.dtype)) {
    storage = storage_over(bytes, checkpoint_.owner());
  } else {
    std::shared_ptr<std::byte> aligned = allocate(bytes.size());
    std::memcpy(aligned.get(), bytes.data(), bytes.size());
    const std::span<const std::byte> copy(aligned.get(), bytes.size());
    storage = storage_over(copy, std::move(aligned));
  }
  return *storage;
}

// Whole storages move, so that what shares one goes on doing so.
const c10::Storage& TensorBuilder::place(const TensorInfo& info, c10::ScalarType from,
                                         c10::ScalarType to, c10::Device device) {
  std::vector<Placed>& placed = storages_[info.storage].placed;
  for (const Placed& known : placed) {
    if (known.from == from && known.to == to && known.device == device) return known.storage;
  }
  const c10::Storage& storage = on_cpu(info);
  const auto elements = static_cast<std::int64_t>(storage.nbytes() /
                                                  static_cast<std::size_t>(c10::elementSize(from)));
  const at::Tensor flat = at::empty({0}, from).set_(storage, 0, {elements}, {1});
  placed.push_back({from, to, device, flat.to(device, to).storage()});
  return placed.back().storage;
}

}  // namespace torchhub::detail
