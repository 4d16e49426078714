#include <torchhub/archive/convert.h>
#include <torchhub/archive/detail/safetensors/conversion.h>
#include <torchhub/archive/safetensors_writer.h>
#include <torchhub/archive/tensor_bytes.h>

#include <algorithm>
#include <map>

namespace torchhub::archive {

Converted convert_to_safetensors(const Checkpoint& checkpoint, const std::filesystem::path& path,
                                 ReadOnlyFile read_only) {
  Converted converted;
  std::map<std::string, std::string> metadata = detail::metadata_of(checkpoint);
  metadata.emplace("format", "pt");
  std::map<detail::Place, std::string_view> known;
  std::map<std::size_t, std::vector<const TensorInfo*>> by_storage;
  std::vector<const TensorInfo*> kept;
  std::vector<SafetensorsTensor> tensors;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    detail::check_kind(tensor);
    const auto [first, is_new] = known.emplace(detail::place_of(tensor), tensor.name);
    if (!is_new && tensor.numel() > 0) {
      metadata[std::string(tensor.name)] = first->second;
      converted.aliases.emplace_back(tensor.name);
      continue;
    }
    kept.push_back(&tensor);
    if (tensor.numel() > 0) by_storage[tensor.storage].push_back(&tensor);
    tensors.push_back({std::string(tensor.name), tensor.dtype, detail::numbers(tensor.shape)});
  }
  for (auto& [storage, sharing] : by_storage) {
    std::sort(sharing.begin(), sharing.end(), [](const TensorInfo* a, const TensorInfo* b) {
      return detail::extent_of(*a) < detail::extent_of(*b);
    });
    std::uint64_t end = 0;
    for (const TensorInfo* tensor : sharing) {
      const auto [begin, last] = detail::extent_of(*tensor);
      if (begin < end) converted.unshared.emplace_back(tensor->name);
      end = std::max(end, last);
    }
  }
  if (checkpoint.format() != FileFormat::safetensors &&
      checkpoint.format() != FileFormat::shard_index)
    detail::ValueList(converted.dropped).add(checkpoint.root(), "", 0);

  SafetensorsWriter writer(path, std::move(tensors), metadata, read_only);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    for_each_piece(checkpoint, *kept[i],
                   [&](std::span<const std::byte> piece) { writer.write(i, piece); });
  }
  checkpoint.check_intact();
  writer.publish();
  converted.bytes = writer.bytes();
  converted.tensors = kept.size();
  return converted;
}

}  // namespace torchhub::archive
