#include <torchhub/archive/detail/torch_world.h>

#include <algorithm>
#include <array>
#include <limits>

namespace torchhub::archive::detail {
namespace {

constexpr std::size_t kMaxRank = 64;
constexpr std::uint64_t kMaxElements = std::numeric_limits<std::int64_t>::max();

struct StorageType {
  std::string_view name;
  std::optional<DType> dtype;
};

// In module torch, and with another module in files that were written on an accelerator.
constexpr std::array<StorageType, 13> kStorageTypes = {{
    {"DoubleStorage", DType::float64},
    {"FloatStorage", DType::float32},
    {"HalfStorage", DType::float16},
    {"BFloat16Storage", DType::bfloat16},
    {"LongStorage", DType::int64},
    {"IntStorage", DType::int32},
    {"ShortStorage", DType::int16},
    {"CharStorage", DType::int8},
    {"ByteStorage", DType::uint8},
    {"BoolStorage", DType::boolean},
    {"ComplexDoubleStorage", DType::complex128},
    {"ComplexFloatStorage", DType::complex64},
    {"UntypedStorage", std::nullopt},
}};

constexpr std::array<std::string_view, 9> kCallables = {
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.Size",
    "torch.device",
    "builtins.set",
};

const StorageType* storage_type(std::string_view full_name) {
  for (std::string_view module : {"torch.", "torch.cuda.", "torch.storage."}) {
    if (!full_name.starts_with(module)) continue;
    const std::string_view name = full_name.substr(module.size());
    const auto type =
        std::find_if(kStorageTypes.begin(), kStorageTypes.end(),
                     [&](const StorageType& candidate) { return candidate.name == name; });
    if (type != kStorageTypes.end()) return &*type;
  }
  return nullptr;
}

Flaw damaged(std::uint64_t offset, std::string what) {
  return {errc::damaged_checkpoint, offset,
          std::move(what) + " (byte " + std::to_string(offset) + ")"};
}

bool is_text(const Value& value) { return value.kind() == Value::Kind::string; }

// A non-negative integer.
std::optional<std::uint64_t> as_count(const Value& value) {
  if (value.kind() != Value::Kind::integer || value.integer() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value.integer());
}

std::optional<Shape> as_shape(const Value& value) {
  if (value.kind() != Value::Kind::tuple || value.items().size() > kMaxRank) return std::nullopt;
  Shape shape;
  for (const Value& item : value.items()) {
    const auto size = as_count(item);
    if (!size) return std::nullopt;
    shape.push_back(static_cast<std::int64_t>(*size));
  }
  return shape;
}

// Products and sums of sizes, or nothing where they leave 63 bits.
std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result) || result > kMaxElements) return std::nullopt;
  return result;
}

std::optional<std::uint64_t> sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_add_overflow(a, b, &result) || result > kMaxElements) return std::nullopt;
  return result;
}

// Whether all elements of the tensor lie inside a storage of `numel` elements. torch would grow a
// storage that is too small.
bool fits(const TensorReference& tensor, std::uint64_t numel) {
  if (tensor.shape.size() != tensor.stride.size()) return false;
  std::uint64_t elements = 1;
  std::uint64_t last = tensor.storage_offset;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    const auto size = static_cast<std::uint64_t>(tensor.shape[i]);
    const auto total = product(elements, size);
    if (!total) return false;
    elements = *total;
    if (size == 0) continue;
    const auto reach = product(size - 1, static_cast<std::uint64_t>(tensor.stride[i]));
    const auto next = reach ? sum(last, *reach) : std::nullopt;
    if (!next) return false;
    last = *next;
  }
  return elements == 0 ? tensor.storage_offset <= numel : last < numel;
}

}  // namespace

Node* TorchWorld::make(Value::Kind kind) {
  arena_.emplace_back().kind = kind;
  return &arena_.back();
}

Parsed<Node*> TorchWorld::global(std::string_view module, std::string_view name,
                                 std::uint64_t offset) {
  std::string full_name = std::string(module) + '.' + std::string(name);
  // Python 2's name for the module.
  if (module == "__builtin__") full_name = "builtins." + std::string(name);
  const bool callable =
      std::find(kCallables.begin(), kCallables.end(), full_name) != kCallables.end();
  const bool is_dtype = module == "torch" && dtype_of_name(name).has_value();
  if (!callable && !is_dtype && !storage_type(full_name)) {
    return Flaw{errc::refused_global, offset,
                "the pickle names " + full_name + " at byte " + std::to_string(offset) +
                    ", which is not on the list of what a checkpoint may hold"};
  }
  Node* const node = make(Value::Kind::named);
  node->string = std::move(full_name);
  node->callable = callable;
  return node;
}

Parsed<Node*> TorchWorld::call(const Node& callable, Arguments arguments, std::uint64_t offset) {
  const std::string_view name = callable.string;
  if (name == "collections.OrderedDict") return ordered_dict(arguments, offset);
  if (name == "torch._utils._rebuild_tensor")
    return rebuild_tensor(arguments, std::nullopt, offset);
  if (name == "torch._utils._rebuild_tensor_v2")
    return rebuild_tensor_v2(arguments, std::nullopt, offset);
  if (name == "torch._utils._rebuild_tensor_v3") {
    // As v2, with the dtype after its first six.
    if (arguments.size() < 7 || arguments[6].kind() != Value::Kind::named ||
        !arguments[6].string().starts_with("torch.")) {
      return damaged(offset, "a tensor is rebuilt without a dtype");
    }
    const auto dtype = dtype_of_name(std::string_view(arguments[6].string()).substr(6));
    if (!dtype) return damaged(offset, "a tensor is rebuilt with a dtype that is none");
    return rebuild_tensor_v2(arguments.first(6), dtype, offset);
  }
  if (name == "torch._utils._rebuild_parameter" ||
      name == "torch._utils._rebuild_parameter_with_state") {
    return rebuild_parameter(arguments, offset);
  }
  if (arguments.size() == 1 && name == "torch.Size" && arguments[0].kind() == Value::Kind::tuple) {
    Node* const node = make(Value::Kind::tuple);
    node->items.assign(arguments[0].items().begin(), arguments[0].items().end());
    return node;
  }
  if (arguments.size() == 1 && name == "builtins.set" && arguments[0].kind() == Value::Kind::list) {
    Node* const node = make(Value::Kind::set);
    node->items.assign(arguments[0].items().begin(), arguments[0].items().end());
    return node;
  }
  if (!arguments.empty() && arguments.size() <= 2 && name == "torch.device" &&
      is_text(arguments[0])) {
    Node* const node = make(Value::Kind::named);
    node->string = arguments[0].string();
    if (arguments.size() == 2 && as_count(arguments[1]))
      node->string += ':' + std::to_string(arguments[1].integer());
    return node;
  }
  return damaged(offset,
                 "the pickle calls " + callable.string + " with arguments that it does not take");
}

Parsed<Node*> TorchWorld::ordered_dict(Arguments arguments, std::uint64_t offset) {
  Node* const dict = make(Value::Kind::dict);
  if (arguments.empty()) return dict;
  // Python 2 wrote ([[key, value], ...],).
  if (arguments.size() == 1 && arguments[0].kind() == Value::Kind::list) {
    for (const Value& pair : arguments[0].items()) {
      const bool is_sequence =
          pair.kind() == Value::Kind::list || pair.kind() == Value::Kind::tuple;
      if (!is_sequence || pair.items().size() != 2 || !is_text(pair.items()[0])) {
        return damaged(offset, "an OrderedDict is built from what is no list of pairs");
      }
      dict->entries.emplace_back(pair.items()[0], pair.items()[1]);
    }
    return dict;
  }
  return damaged(offset, "an OrderedDict is built from what is no list of pairs");
}

Parsed<Node*> TorchWorld::rebuild_tensor(Arguments arguments, std::optional<DType> dtype,
                                         std::uint64_t offset) {
  if (arguments.size() != 4 || arguments[0].kind() != Value::Kind::storage) {
    return damaged(offset, "a tensor is rebuilt from something else than a storage");
  }
  TensorReference tensor;
  tensor.storage = static_cast<std::size_t>(arguments[0].integer());
  const StorageReference& storage = storages_[tensor.storage];
  if (storage.dtype.has_value() == dtype.has_value())
    return damaged(offset, "a tensor has no dtype, or two");
  tensor.dtype = dtype ? *dtype : *storage.dtype;
  const auto first = as_count(arguments[1]);
  const auto shape = as_shape(arguments[2]);
  const auto stride = as_shape(arguments[3]);
  if (!first || !shape || !stride)
    return damaged(offset, "a tensor has an offset, a shape or a stride that is none");
  tensor.storage_offset = *first;
  tensor.shape = *shape;
  tensor.stride = *stride;
  if (!fits(tensor, storage.bytes / item_bytes(tensor.dtype))) {
    return damaged(offset, "a tensor reaches beyond its storage '" + storage.key + "' of " +
                               std::to_string(storage.bytes) + " bytes");
  }
  Node* const node = make(Value::Kind::tensor);
  node->integer = static_cast<std::int64_t>(tensors_.size());
  tensors_.push_back(std::move(tensor));
  return node;
}

Parsed<Node*> TorchWorld::rebuild_tensor_v2(Arguments arguments, std::optional<DType> dtype,
                                            std::uint64_t offset) {
  if (arguments.size() < 6 || arguments.size() > 7 || arguments[4].kind() != Value::Kind::boolean) {
    return damaged(offset, "a tensor is rebuilt with the wrong number of arguments");
  }
  if (arguments[5].kind() != Value::Kind::none &&
      !(arguments[5].kind() == Value::Kind::dict && arguments[5].entries().empty())) {
    return damaged(offset, "a tensor has backward hooks");
  }
  // Metadata: whether a complex tensor is to be seen conjugated, or negated.
  if (arguments.size() == 7 &&
      !(arguments[6].kind() == Value::Kind::dict && arguments[6].entries().empty())) {
    return Flaw{errc::unsupported_format, offset,
                "a tensor that is a conjugate or negative view is not read"};
  }
  Parsed<Node*> tensor = rebuild_tensor(arguments.first(4), dtype, offset);
  if (tensor) tensors_.back().requires_grad = arguments[4].boolean();
  return tensor;
}

Parsed<Node*> TorchWorld::rebuild_parameter(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() < 3 || arguments[0].kind() != Value::Kind::tensor ||
      arguments[1].kind() != Value::Kind::boolean) {
    return damaged(offset, "a parameter is rebuilt from something else than a tensor");
  }
  TensorReference parameter = tensors_[static_cast<std::size_t>(arguments[0].integer())];
  parameter.requires_grad = arguments[1].boolean();
  parameter.is_parameter = true;
  Node* const node = make(Value::Kind::tensor);
  node->integer = static_cast<std::int64_t>(tensors_.size());
  tensors_.push_back(std::move(parameter));
  return node;
}

// ('storage', type, key, location, numel) and, in some old files, a view that must be None.
Parsed<Node*> TorchWorld::persistent(const Node& id, std::uint64_t offset) {
  const std::span<const Value> parts = id.items;
  const bool well_formed =
      id.kind == Value::Kind::tuple &&
      (parts.size() == 5 || (parts.size() == 6 && parts[5].kind() == Value::Kind::none)) &&
      is_text(parts[0]) && parts[0].string() == "storage" &&
      parts[1].kind() == Value::Kind::named && is_text(parts[2]) && is_text(parts[3]);
  const StorageType* const type = well_formed ? storage_type(parts[1].string()) : nullptr;
  const auto numel = well_formed ? as_count(parts[4]) : std::nullopt;
  const auto bytes =
      type && numel ? product(*numel, type->dtype ? item_bytes(*type->dtype) : 1) : std::nullopt;
  if (!bytes) return damaged(offset, "a persistent id is not that of a storage");

  StorageReference storage;
  storage.key = parts[2].string();
  storage.dtype = type->dtype;
  storage.bytes = *bytes;
  const auto [known, is_new] = storage_of_key_.emplace(storage.key, storages_.size());
  if (is_new) {
    storages_.push_back(std::move(storage));
  } else if (const StorageReference& before = storages_[known->second];
             before.dtype != storage.dtype || before.bytes != storage.bytes) {
    return damaged(offset, "the storage '" + storage.key + "' is described in two ways");
  }
  Node* const node = make(Value::Kind::storage);
  node->integer = static_cast<std::int64_t>(known->second);
  return node;
}

// An OrderedDict's attributes, such as the _metadata of a state dict: Python's own, not the
// weights'.
Parsed<void> TorchWorld::build(Node& object, const Node& state, std::uint64_t offset) {
  if (object.kind == Value::Kind::dict && state.kind == Value::Kind::dict) return {};
  return damaged(offset, "the pickle sets the state of what has none");
}

}  // namespace torchhub::archive::detail
