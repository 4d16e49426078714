#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_BUILDER_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_BUILDER_H_
// The tensors of a pickle: what torch._utils._rebuild_tensor and its later versions would make, and
// parameters. Other kinds of tensors are made of these, in files of their own.
//
// Source: torch/_utils.py (_rebuild_*) and torch/_tensor.py (__setstate__) of PyTorch 2.13.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/storage_table.h>
#include <torchhub/archive/detail/torch/tensor_attributes.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace torchhub::archive::detail {

using Arguments = std::span<const Value>;

namespace tensor_builder_detail {

// Whether a tensor whose elements share bytes lies inside a storage of `bytes`. torch counts its offset
// in bytes. Throws where the elements do not lie row by row, and so begin inside of bytes.
inline bool packed_fits(const TensorInfo& tensor, std::uint64_t bytes, std::uint64_t offset) {
  if (tensor.stride.size() != tensor.shape.size() || !element_count(tensor.shape)) return false;
  if (!tensor.is_contiguous() && !tensor.is_meta)
    throw_at(errc::unsupported_format, offset,
             "a tensor of " + std::string(name_of(tensor.dtype)) +
                 " does not lie row by row, so that its elements begin inside of bytes");
  return tensor.storage_offset <= bytes && tensor.bytes() <= bytes - tensor.storage_offset;
}

inline bool is_whole_number(DType dtype) {
  return dtype == DType::int64 || dtype == DType::int32 || dtype == DType::int16 ||
         dtype == DType::int8 || dtype == DType::uint8;
}

inline bool is_complex(DType dtype) {
  return dtype == DType::complex128 || dtype == DType::complex64 || dtype == DType::complex32;
}

// What torch's kernel for neg takes.
inline bool has_negatives(DType dtype) {
  return is_whole_number(dtype) || is_complex(dtype) || dtype == DType::float64 ||
         dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

}  // namespace tensor_builder_detail

/// The dtype that a named value is, such as torch.float32.
inline std::optional<DType> named_dtype(Value value) {
  constexpr std::string_view kModule = "torch.";
  if (value.kind() != Value::Kind::named || !value.string().starts_with(kModule))
    return std::nullopt;
  return dtype_of_name(value.string().substr(kModule.size()));
}

/// How a world deals with what cannot be read.
struct Leniency {
  bool is_lenient = false;  ///< a tensor that has flaws is kept, with the first of them
  bool is_script = false;   ///< tensors are rebuilt as TorchScript's pickler has them
};

class TensorBuilder {
 public:
  TensorBuilder(Arena& arena, StorageTable& storages, Leniency leniency)
      : arena_(arena), storages_(storages), leniency_(leniency) {}

  Arena& arena() { return arena_; }
  StorageTable& storages() { return storages_; }
  Leniency leniency() const { return leniency_; }

  void expect(std::size_t tensors) { tensors_.reserve(tensors); }

  /// What a Value of kind tensor holds the index of; names and places in the file are not known here.
  std::vector<TensorInfo>& tensors() { return tensors_; }
  TensorInfo& at(Value tensor) { return tensors_[tensor.index()]; }

  Value add(const TensorInfo& tensor) {
    tensors_.push_back(tensor);
    return {Value::Kind::tensor, tensors_.size() - 1};
  }

  /// A tensor whose state comes later: of that type, or a parameter.
  Value begin(std::optional<DType> type) {
    unbuilt_.insert(tensors_.size());
    if (type) types_.emplace(tensors_.size(), *type);
    return add(TensorInfo());
  }

  /// The tensor that a value is. Throws ValueFlaw for what is none, or is not built yet.
  const TensorInfo& tensor_of(Value value, std::uint64_t offset) const;

  /// A tuple of sizes or strides; nothing for another value.
  std::optional<Shape> shape_of(Value value);

  /// Copies of tensors, as parts of another.
  std::span<const TensorInfo> parts(std::initializer_list<const TensorInfo*> tensors);

  /// Hooks are Python's functions: they change gradients, not the numbers.
  void check_hooks(Value hooks, std::uint64_t offset) const;

  /// (storage, offset, size, stride): a tensor over a view, of the view's dtype or, over an untyped storage,
  /// of `dtype`.
  Value rebuild_tensor(Arguments arguments, std::optional<DType> dtype, std::uint64_t offset);
  /// The same with (..., requires_grad, hooks[, metadata]).
  Value rebuild_tensor_v2(Arguments arguments, std::optional<DType> dtype, std::uint64_t offset);
  /// As v2, with the dtype after its first six.
  Value rebuild_tensor_v3(Arguments arguments, std::uint64_t offset);
  Value rebuild_parameter(Arguments arguments, std::uint64_t offset);
  /// (tensor[, requires_grad]), or () and the state later.
  Value parameter(Arguments arguments, std::uint64_t offset);

  /// BUILD of the tensor of that index. False where it has its state already.
  bool set_state(std::size_t index, Value state, std::uint64_t offset);

  bool has_unbuilt() const { return !unbuilt_.empty(); }
  /// Finds a flaw in each tensor that was begun and never given its state.
  void mark_unbuilt(std::string_view sentence) {
    for (const std::size_t index : unbuilt_) flaws_.emplace(index, sentence);
  }

  /// What is wrong with the tensor of that index; "" for most.
  std::string_view flaw_of(std::size_t tensor) const {
    if (flaws_.empty()) return {};
    const auto found = flaws_.find(tensor);
    return found == flaws_.end() ? std::string_view() : found->second;
  }

 private:
  void read_metadata(TensorInfo& tensor, Value metadata, std::uint64_t offset);
  void build_tensor(std::size_t index, Value state, std::uint64_t offset);
  void build_parameter(std::size_t index, Value state, std::uint64_t offset);

  Arena& arena_;
  StorageTable& storages_;
  Leniency leniency_;
  std::vector<TensorInfo> tensors_;
  std::unordered_set<std::size_t> unbuilt_;
  std::map<std::size_t, DType> types_;  // of those that have one before they are built
  std::map<std::size_t, std::string_view> flaws_;
};

inline std::optional<Shape> TensorBuilder::shape_of(Value value) {
  if (value.kind() != Value::Kind::tuple || value.items().size() > kMaxRank) return std::nullopt;
  const auto items = value.items();
  auto* const sizes = arena_.allocate<std::int64_t>(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind() != Value::Kind::integer || items[i].integer() < 0) return std::nullopt;
    sizes[i] = items[i].integer();
  }
  return Shape(sizes, items.size());
}

inline const TensorInfo& TensorBuilder::tensor_of(Value value, std::uint64_t offset) const {
  if (value.kind() != Value::Kind::tensor || unbuilt_.contains(value.index()))
    throw_flaw(offset, "a tensor is made from something else than a tensor");
  return tensors_[value.index()];
}

inline std::span<const TensorInfo> TensorBuilder::parts(
    std::initializer_list<const TensorInfo*> tensors) {
  auto* const copies = arena_.allocate<TensorInfo>(tensors.size());
  std::size_t size = 0;
  for (const TensorInfo* tensor : tensors) new (&copies[size++]) TensorInfo(*tensor);
  return {copies, size};
}

inline void TensorBuilder::check_hooks(Value hooks, std::uint64_t offset) const {
  if (hooks.kind() != Value::Kind::none &&
      !(hooks.kind() == Value::Kind::dict && hooks.entries().empty()) && !leniency_.is_lenient)
    throw_damaged(offset, "a tensor has backward hooks");
}

inline Value TensorBuilder::rebuild_tensor(Arguments arguments, std::optional<DType> dtype,
                                           std::uint64_t offset) {
  if (arguments.size() != 4 || arguments[0].kind() != Value::Kind::storage)
    throw_flaw(offset, "a tensor is rebuilt from something else than a storage");
  const StorageView& view = storages_.view(arguments[0]);
  const StorageReference& storage = storages_.storages()[view.storage];
  if (storage.dtype.has_value() == dtype.has_value())
    throw_damaged(offset, "a tensor has no dtype, or two");
  TensorInfo tensor;
  tensor.storage = view.storage;
  tensor.dtype = dtype ? *dtype : *storage.dtype;
  tensor.is_meta = storage.location == "meta";
  const auto shape = shape_of(arguments[2]);
  const auto stride = shape_of(arguments[3]);
  if (arguments[1].kind() != Value::Kind::integer || arguments[1].integer() < 0 || !shape ||
      !stride)
    throw_damaged(offset, "a tensor has an offset, a shape or a stride that is none");
  tensor.storage_offset = static_cast<std::uint64_t>(arguments[1].integer());
  tensor.shape = *shape;
  tensor.stride = *stride;
  const std::size_t item = item_bytes(tensor.dtype);
  const bool is_packed = elements_per_byte(tensor.dtype) > 1;
  if (is_packed ? !tensor_builder_detail::packed_fits(tensor, view.bytes, offset)
                : !fits(tensor.shape, tensor.stride, tensor.storage_offset, view.bytes / item)) {
    throw_damaged(offset, "a tensor reaches beyond its storage '" + std::string(storage.key) +
                              "' of " + std::to_string(view.bytes) + " bytes");
  }
  if (view.first_byte % item != 0)
    throw_damaged(offset, "a tensor's storage begins inside an element of another");
  tensor.storage_offset += view.first_byte / item;
  return add(tensor);
}

inline Value TensorBuilder::rebuild_tensor_v2(Arguments arguments, std::optional<DType> dtype,
                                              std::uint64_t offset) {
  if (arguments.size() < 6 || arguments.size() > 7 || arguments[4].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a tensor is rebuilt with the wrong number of arguments");
  check_hooks(arguments[5], offset);
  const Value made = rebuild_tensor(arguments.first(4), dtype, offset);
  TensorInfo& tensor = tensors_[made.index()];
  tensor.requires_grad = arguments[4].boolean();
  if (arguments.size() == 7 && arguments[6].kind() != Value::Kind::none)
    read_metadata(tensor, arguments[6], offset);
  return made;
}

inline Value TensorBuilder::rebuild_tensor_v3(Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() >= 7 ? named_dtype(arguments[6]) : std::nullopt;
  if (!dtype) throw_flaw(offset, "a tensor is rebuilt with a dtype that is none");
  std::array<Value, 7> as_v2;
  std::copy_n(arguments.begin(), 6, as_v2.begin());
  if (arguments.size() > 8)
    throw_flaw(offset, "a tensor is rebuilt with the wrong number of arguments");
  if (arguments.size() == 8) as_v2[6] = arguments[7];
  return rebuild_tensor_v2(std::span(as_v2).first(arguments.size() == 8 ? 7 : 6), dtype, offset);
}

inline Value TensorBuilder::rebuild_parameter(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() < 3 || arguments.size() > 4 || arguments[1].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a parameter is rebuilt from something else than a tensor");
  TensorInfo parameter = tensor_of(arguments[0], offset);
  check_hooks(arguments[2], offset);
  if (arguments.size() == 4) check_tensor_state(arguments[3], offset);
  parameter.requires_grad = arguments[1].boolean();
  parameter.is_parameter = true;
  return add(parameter);
}

inline Value TensorBuilder::parameter(Arguments arguments, std::uint64_t offset) {
  if (arguments.empty()) return begin(std::nullopt);
  if (arguments.size() > 2 ||
      (arguments.size() == 2 && arguments[1].kind() != Value::Kind::boolean))
    throw_flaw(offset, "a parameter is made with the wrong arguments");
  TensorInfo parameter = tensor_of(arguments[0], offset);
  parameter.requires_grad = arguments.size() == 1 || arguments[1].boolean();
  parameter.is_parameter = true;
  return add(parameter);
}

// What a tensor was before 0.1.12: made empty, with the arguments of Tensor.set_ for a state.
inline void TensorBuilder::build_tensor(std::size_t index, Value state, std::uint64_t offset) {
  const auto type = types_.find(index);
  if (type == types_.end()) return build_parameter(index, state, offset);
  if (state.kind() != Value::Kind::tuple || state.items().size() != 4)
    throw_flaw(offset, "a tensor's state is none");
  const Value made = rebuild_tensor(state.items(), std::nullopt, offset);
  if (tensors_[made.index()].dtype != type->second)
    throw_damaged(offset, "a tensor's storage is of another type");
  tensors_[index] = tensors_[made.index()];
}

// Tensor.__setstate__'s (data, _, hooks, requires_grad, _), of torch before 0.4.
inline void TensorBuilder::build_parameter(std::size_t index, Value state, std::uint64_t offset) {
  const auto parts = state.kind() == Value::Kind::tuple ? state.items() : std::span<const Value>();
  if (parts.size() != 5 || parts[3].kind() != Value::Kind::boolean)
    throw_flaw(offset, "a parameter's state is none");
  check_hooks(parts[2], offset);
  TensorInfo parameter = tensor_of(parts[0], offset);
  parameter.requires_grad = parts[3].boolean();
  parameter.is_parameter = true;
  tensors_[index] = parameter;
}

// Whether the numbers are the conjugates of what is stored, or negated.
inline void TensorBuilder::read_metadata(TensorInfo& tensor, Value metadata, std::uint64_t offset) {
  if (metadata.kind() != Value::Kind::dict) throw_flaw(offset, "a tensor's metadata are no dict");
  for (const auto& [key, value] : metadata.entries()) {
    const bool is_known = key.kind() == Value::Kind::string &&
                          value.kind() == Value::Kind::boolean &&
                          (key.string() == "conj" || key.string() == "neg");
    if (!is_known)
      throw_flaw(offset, "a tensor has metadata that are not known", errc::unsupported_format);
    // torch asks whether the key is there, not for its value (setTensorMetadata of
    // torch/csrc/jit/serialization/pickler.h).
    (key.string() == "conj" ? tensor.is_conjugate : tensor.is_negative) = true;
  }
  if (tensor.is_conjugate && !tensor_builder_detail::is_complex(tensor.dtype))
    throw_flaw(offset, "a tensor of " + std::string(name_of(tensor.dtype)) +
                           " is conjugated, whose numbers are not complex");
  if (tensor.is_negative && !tensor_builder_detail::has_negatives(tensor.dtype))
    throw_flaw(offset,
               "a tensor of " + std::string(name_of(tensor.dtype)) +
                   " is negated, which torch does not do",
               errc::unsupported_format);
}

inline bool TensorBuilder::set_state(std::size_t index, Value state, std::uint64_t offset) {
  const auto unbuilt = unbuilt_.find(index);
  if (unbuilt == unbuilt_.end()) {
    // Tensor.__setstate__ would put other numbers into it.
    if (leniency_.is_lenient) flaws_[index] = "the pickle sets the state of a tensor that has one";
    return false;
  }
  try {
    build_tensor(index, state, offset);
  } catch (const ValueFlaw& found) {
    if (!leniency_.is_lenient) throw;
    flaws_[index] = arena_.copy(found.what());
    return true;
  }
  unbuilt_.erase(unbuilt);
  return true;
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_TENSOR_BUILDER_H_
