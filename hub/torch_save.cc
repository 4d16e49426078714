#include <torchhub/archive/error.h>
#include <torchhub/archive/safetensors_writer.h>
#include <torchhub/archive/torch_zip_writer.h>
#include <torchhub/hub/torch_dtype.h>
#include <torchhub/hub/torch_save.h>

#include <c10/core/Storage.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace torchhub {
namespace {

using archive::DType;

struct Dense {
  std::string name;
  DType dtype;
  at::Tensor tensor;  ///< strided, on the CPU
};

std::vector<std::int64_t> numbers(c10::IntArrayRef values) { return values.vec(); }

std::vector<Dense> dense_tensors(const StateDict& state_dict, const std::filesystem::path& path) {
  std::vector<Dense> dense;
  dense.reserve(state_dict.size());
  // Storages on other devices come over once.
  std::unordered_map<const void*, at::Tensor> copies;
  for (const auto& [name, tensor] : state_dict) {
    const auto refuse = [&, &name = name](const std::string& what) {
      throw archive::Error(archive::errc::unsupported_format,
                           path.string() + ": '" + std::string(name) + "' " + what);
    };
    if (tensor.layout() != at::kStrided) refuse("is sparse, which is not written");
    if (tensor.is_meta()) refuse("has no data");
    if (tensor.is_quantized()) refuse("is quantized, which is not written");
    const std::optional<DType> dtype = dtype_of(tensor.scalar_type());
    if (!dtype) refuse("is " + name_of(tensor.scalar_type()) + ", which is not written");
    at::Tensor resolved = tensor.detach().resolve_conj().resolve_neg();
    if (!resolved.is_cpu()) {
      // The whole storage, to keep what shares it together.
      const c10::Storage& storage = resolved.storage();
      at::Tensor& copy = copies[storage.unsafeGetStorageImpl()];
      const auto elements = static_cast<std::int64_t>(
          storage.nbytes() / static_cast<std::size_t>(resolved.element_size()));
      if (!copy.defined()) copy = resolved.as_strided({elements}, {1}, 0).to(at::kCPU);
      resolved = copy.as_strided(resolved.sizes(), resolved.strides(), resolved.storage_offset());
    }
    dense.push_back({std::string(name), *dtype, std::move(resolved)});
  }
  return dense;
}

std::span<const std::byte> bytes_of(const at::Tensor& contiguous) {
  return {static_cast<const std::byte*>(contiguous.data_ptr()),
          static_cast<std::size_t>(contiguous.numel() * contiguous.element_size())};
}

void save_safetensors(std::vector<Dense> dense, const std::filesystem::path& path,
                      archive::ReadOnlyFile read_only) {
  using Place =
      std::tuple<const void*, DType, std::vector<std::int64_t>, std::vector<std::int64_t>>;
  std::map<std::string, std::string> metadata{{"format", "pt"}};
  std::map<Place, std::string> known;
  std::vector<archive::SafetensorsTensor> headers;
  std::vector<at::Tensor> kept;
  for (Dense& item : dense) {
    const at::Tensor& tensor = item.tensor;
    if (tensor.numel() > 0) {
      const auto [first, is_new] = known.emplace(
          Place(tensor.data_ptr(), item.dtype, numbers(tensor.sizes()), numbers(tensor.strides())),
          item.name);
      // As safetensors.torch.save_model keeps a tensor's second name.
      if (!is_new) {
        metadata.emplace(item.name, first->second);
        continue;
      }
    }
    headers.push_back({item.name, item.dtype, numbers(tensor.sizes())});
    kept.push_back(tensor);
  }
  archive::SafetensorsWriter writer(path, std::move(headers), metadata, read_only);
  for (std::size_t i = 0; i < kept.size(); ++i) writer.write(i, bytes_of(kept[i].contiguous()));
  writer.publish();
}

void save_torch_zip(const StateDict& state_dict, const std::vector<Dense>& dense,
                    const std::filesystem::path& path, archive::ReadOnlyFile read_only) {
  std::unordered_map<const void*, std::size_t> numbers_of;
  std::vector<c10::Storage> storages;
  std::vector<std::uint64_t> sizes;
  std::vector<archive::TorchZipTensor> tensors;
  const StateDict::Entry* entry = state_dict.begin();
  for (const Dense& item : dense) {
    const at::Tensor& tensor = item.tensor;
    const c10::Storage& storage = tensor.storage();
    const auto [number, is_new] =
        numbers_of.emplace(storage.unsafeGetStorageImpl(), storages.size());
    if (is_new) {
      storages.push_back(storage);
      sizes.push_back(storage.nbytes());
    }
    tensors.push_back({item.name, item.dtype, numbers(tensor.sizes()), numbers(tensor.strides()),
                       number->second, static_cast<std::uint64_t>(tensor.storage_offset()),
                       (entry++)->second.requires_grad()});
  }
  archive::TorchZipWriter writer(path, tensors, std::move(sizes), read_only);
  for (const c10::Storage& storage : storages)
    writer.write({static_cast<const std::byte*>(storage.data()), storage.nbytes()});
  writer.publish();
}

}  // namespace

void save_state_dict(const StateDict& state_dict, const std::filesystem::path& path,
                     SaveFormat format, archive::ReadOnlyFile read_only) {
  if (format == SaveFormat::by_name)
    format = path.extension() == ".safetensors" ? SaveFormat::safetensors : SaveFormat::torch_zip;
  std::vector<Dense> dense = dense_tensors(state_dict, path);
  if (format == SaveFormat::safetensors) {
    save_safetensors(std::move(dense), path, read_only);
  } else {
    save_torch_zip(state_dict, dense, path, read_only);
  }
}

}  // namespace torchhub
