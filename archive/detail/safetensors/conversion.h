#ifndef TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_CONVERSION_H_
#define TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_CONVERSION_H_
// What of a checkpoint a safetensors file can keep, and what it cannot. Pure.

#include <torchhub/archive/checkpoint.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

inline constexpr std::size_t kMaxValueDepth = 64;

// A name as a sentence or a list may hold it: control characters, a NUL among them, as \xNN.
inline std::string told(std::string_view name) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      text += c;
    } else {
      text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return text;
}

inline void check_kind(const TensorInfo& tensor) {
  const auto refuse = [&](const std::string& what) {
    throw Error(errc::unsupported_format, "the tensor '" + told(tensor.name) + "' " + what +
                                              ", which safetensors cannot keep");
  };
  if (tensor.name.empty()) refuse("has no name");
  if (tensor.name.find('\0') != tensor.name.npos) refuse("has a NUL in its name");
  if (tensor.name == "__metadata__") refuse("is called __metadata__");
  if (tensor.layout != Layout::strided) refuse("is " + std::string(name_of(tensor.layout)));
  if (tensor.is_meta) refuse("has no data");
  if (tensor.quantization) refuse("is quantized");
}

// Two tensors that are the same elements in the same places.
using Place = std::tuple<std::size_t, std::uint64_t, DType, std::vector<std::int64_t>,
                         std::vector<std::int64_t>, bool, bool>;

inline std::vector<std::int64_t> numbers(Shape shape) { return {shape.begin(), shape.end()}; }

inline Place place_of(const TensorInfo& tensor) {
  return {tensor.storage,         tensor.storage_offset, tensor.dtype,      numbers(tensor.shape),
          numbers(tensor.stride), tensor.is_conjugate,   tensor.is_negative};
}

// The first and the last element's bytes, from the storage's beginning.
inline std::pair<std::uint64_t, std::uint64_t> extent_of(const TensorInfo& tensor) {
  std::uint64_t last = tensor.storage_offset;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i)
    last += static_cast<std::uint64_t>((tensor.shape[i] - 1) * tensor.stride[i]);
  const std::size_t item = item_bytes(tensor.dtype);
  return {tensor.storage_offset * item, (last + 1) * item};
}

// A key as a part of a path.
inline std::string name_of_key(Value key) {
  switch (key.kind()) {
    case Value::Kind::string:
    case Value::Kind::named:
      return key.string().empty() ? "''" : told(key.string());
    case Value::Kind::integer:
      return std::to_string(key.integer());
    case Value::Kind::boolean:
      return key.boolean() ? "True" : "False";
    case Value::Kind::none:
      return "None";
    default:
      return "?";
  }
}

// Lists the paths of all values that are no tensors, up to a number of them: values may hold one another,
// so that few have endless paths.
class ValueList {
 public:
  explicit ValueList(std::vector<std::string>& paths) : paths_(paths) {}

  /// Whether to go on.
  bool add(Value value, const std::string& path, std::size_t depth) {
    constexpr std::size_t kMost = 10'000;
    constexpr std::size_t kMostVisits = 1'000'000;
    if (paths_.size() >= kMost || ++visits_ > kMostVisits) return false;
    if (depth > kMaxValueDepth || !is_new(value)) return true;
    switch (value.kind()) {
      case Value::Kind::tensor:
        return true;
      case Value::Kind::dict:
        for (const auto& [key, item] : value.entries())
          if (!add_part(item, path, name_of_key(key), depth)) return false;
        return true;
      case Value::Kind::list:
      case Value::Kind::tuple:
      case Value::Kind::set:
        for (std::size_t i = 0; i < value.items().size(); ++i)
          if (!add_part(value.items()[i], path, std::to_string(i), depth)) return false;
        return true;
      case Value::Kind::object: {
        // Of a module, such as TorchScript's: its attributes, which are its state.
        bool has_parts = false;
        for (const Value part : {value.state(), value.appended(), value.mapped()}) {
          if (part.kind() == Value::Kind::none) continue;
          has_parts = true;
          if (!add(part, path, depth + 1)) return false;
        }
        if (has_parts) return true;
        break;
      }
      default:
        break;
    }
    paths_.push_back(path.empty() ? "(the value itself)" : path);
    return true;
  }

 private:
  // Values may hold one another: each is gone into once.
  bool is_new(Value value) {
    switch (value.kind()) {
      case Value::Kind::dict:
      case Value::Kind::list:
      case Value::Kind::set:
      case Value::Kind::object:
        return seen_.insert(value.pointer<void>()).second;
      default:
        return true;
    }
  }

  bool add_part(Value item, const std::string& path, const std::string& name, std::size_t depth) {
    return add(item, path.empty() ? name : path + '.' + name, depth + 1);
  }

  std::vector<std::string>& paths_;
  std::unordered_set<const void*> seen_;
  std::size_t visits_ = 0;
};

// What the new header says beside the tensors: what the old one said.
inline std::map<std::string, std::string> metadata_of(const Checkpoint& checkpoint) {
  std::map<std::string, std::string> metadata;
  if (checkpoint.format() != FileFormat::safetensors) return metadata;
  const Value root = checkpoint.root();
  for (const auto& [key, values] : root.entries())
    for (const auto& [name, text] : values.entries())
      metadata.emplace(name.string(), text.string());
  return metadata;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_SAFETENSORS_CONVERSION_H_
