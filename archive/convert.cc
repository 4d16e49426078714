#include <torchhub/archive/convert.h>
#include <torchhub/archive/safetensors_writer.h>
#include <torchhub/archive/tensor_bytes.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace torchhub::archive {
namespace {

constexpr std::size_t kMaxValueDepth = 64;

void check_kind(const TensorInfo& tensor) {
  const auto refuse = [&](const std::string& what) {
    throw Error(errc::unsupported_format, "the tensor '" + std::string(tensor.name) + "' " + what +
                                              ", which safetensors cannot keep");
  };
  if (tensor.name.empty()) refuse("has no name");
  if (tensor.name == "__metadata__") refuse("is called __metadata__");
  if (tensor.layout != Layout::strided) refuse("is " + std::string(name_of(tensor.layout)));
  if (tensor.is_meta) refuse("has no data");
  if (tensor.quantization) refuse("is quantized");
}

// Two tensors that are the same elements in the same places.
using Place = std::tuple<std::size_t, std::uint64_t, DType, std::vector<std::int64_t>,
                         std::vector<std::int64_t>, bool, bool>;

std::vector<std::int64_t> numbers(Shape shape) { return {shape.begin(), shape.end()}; }

Place place_of(const TensorInfo& tensor) {
  return {tensor.storage,         tensor.storage_offset, tensor.dtype,      numbers(tensor.shape),
          numbers(tensor.stride), tensor.is_conjugate,   tensor.is_negative};
}

// The first and the last element's bytes, from the storage's beginning.
std::pair<std::uint64_t, std::uint64_t> extent_of(const TensorInfo& tensor) {
  std::uint64_t last = tensor.storage_offset;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    last += static_cast<std::uint64_t>((tensor.shape[i] - 1) * tensor.stride[i]);
  const std::size_t item = item_bytes(tensor.dtype);
  return {tensor.storage_offset * item, (last + 1) * item};
}

// Goes into at most `budget` values: they may hold each other.
void list_values(Value value, const std::string& path, std::size_t depth, std::size_t& budget,
                 std::vector<std::string>& paths) {
  constexpr std::size_t kMost = 10'000;
  if (depth > kMaxValueDepth || paths.size() >= kMost || budget == 0) return;
  --budget;
  switch (value.kind()) {
    case Value::Kind::tensor:
      return;
    case Value::Kind::dict:
      for (const auto& [key, item] : value.entries()) {
        const std::string name = key.kind() == Value::Kind::string ? std::string(key.string())
                                 : key.kind() == Value::Kind::integer
                                     ? std::to_string(key.integer())
                                     : "?";
        list_values(item, path.empty() ? name : path + '.' + name, depth + 1, budget, paths);
      }
      return;
    case Value::Kind::list:
    case Value::Kind::tuple:
      for (std::size_t i = 0; i < value.items().size(); ++i)
        list_values(value.items()[i],
                    path.empty() ? std::to_string(i) : path + '.' + std::to_string(i), depth + 1,
                    budget, paths);
      return;
    default:
      paths.push_back(path);
  }
}

// What the new header says beside the tensors: what the old one said.
std::map<std::string, std::string> metadata_of(const Checkpoint& checkpoint) {
  std::map<std::string, std::string> metadata;
  if (checkpoint.format() != FileFormat::safetensors) return metadata;
  for (const auto& [key, values] : checkpoint.root().entries())
    for (const auto& [name, text] : values.entries())
      metadata.emplace(name.string(), text.string());
  return metadata;
}

}  // namespace

Converted convert_to_safetensors(const Checkpoint& checkpoint, const std::filesystem::path& path,
                                 ReadOnlyFile read_only) {
  Converted converted;
  std::map<std::string, std::string> metadata = metadata_of(checkpoint);
  metadata.emplace("format", "pt");
  std::map<Place, std::string_view> known;
  std::map<std::size_t, std::vector<const TensorInfo*>> by_storage;
  std::vector<const TensorInfo*> kept;
  std::vector<SafetensorsTensor> tensors;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    check_kind(tensor);
    const auto [first, is_new] = known.emplace(place_of(tensor), tensor.name);
    if (!is_new && tensor.numel() > 0) {
      metadata[std::string(tensor.name)] = first->second;
      converted.aliases.emplace_back(tensor.name);
      continue;
    }
    kept.push_back(&tensor);
    if (tensor.numel() > 0) by_storage[tensor.storage].push_back(&tensor);
    tensors.push_back({std::string(tensor.name), tensor.dtype, numbers(tensor.shape)});
  }
  for (auto& [storage, sharing] : by_storage) {
    std::sort(sharing.begin(), sharing.end(), [](const TensorInfo* a, const TensorInfo* b) {
      return extent_of(*a) < extent_of(*b);
    });
    std::uint64_t end = 0;
    for (const TensorInfo* tensor : sharing) {
      const auto [begin, last] = extent_of(*tensor);
      if (begin < end) converted.unshared.emplace_back(tensor->name);
      end = std::max(end, last);
    }
  }
  std::size_t budget = 1'000'000;
  if (checkpoint.format() != FileFormat::safetensors &&
      checkpoint.format() != FileFormat::shard_index)
    list_values(checkpoint.root(), "", 0, budget, converted.dropped);

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
