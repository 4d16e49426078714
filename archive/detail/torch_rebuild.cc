// The tensors of a TorchWorld: what torch._utils._rebuild_* would make.

#include <torchhub/archive/detail/pickle_error.h>
#include <torchhub/archive/detail/tensor_geometry.h>
#include <torchhub/archive/detail/torch_world.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace torchhub::archive::detail {
namespace {

using Kind = Value::Kind;

[[noreturn]] void damaged(std::uint64_t offset, std::string what) {
  throw_at(errc::damaged_checkpoint, offset, std::move(what));
}

[[noreturn]] void flaw(std::uint64_t offset, std::string what,
                       errc code = errc::damaged_checkpoint) {
  throw ValueFlaw(code, std::move(what) + " (byte " + std::to_string(offset) + ")");
}

bool is_empty_dict(Value value) { return value.kind() == Kind::dict && value.entries().empty(); }

std::optional<DType> dtype_of(Value value) {
  constexpr std::string_view kModule = "torch.";
  if (value.kind() != Kind::named || !value.string().starts_with(kModule)) return std::nullopt;
  return dtype_of_name(value.string().substr(kModule.size()));
}

// Whether a tensor whose elements share bytes lies inside a storage of `bytes`. torch counts its offset
// in bytes. Throws where the elements do not lie row by row, and so begin inside of bytes.
bool packed_fits(const TensorInfo& tensor, std::uint64_t bytes, std::uint64_t offset) {
  if (tensor.stride.size() != tensor.shape.size() || !element_count(tensor.shape)) return false;
  if (!tensor.is_contiguous() && !tensor.is_meta)
    throw_at(errc::unsupported_format, offset,
             "a tensor of " + std::string(name_of(tensor.dtype)) +
                 " does not lie row by row, so that its elements begin inside of bytes");
  return tensor.storage_offset <= bytes && tensor.bytes() <= bytes - tensor.storage_offset;
}

bool is_whole_number(DType dtype) {
  return dtype == DType::int64 || dtype == DType::int32 || dtype == DType::int16 ||
         dtype == DType::int8 || dtype == DType::uint8;
}

bool is_complex(DType dtype) {
  return dtype == DType::complex128 || dtype == DType::complex64 || dtype == DType::complex32;
}

// What torch's kernel for neg takes.
bool has_negatives(DType dtype) {
  return is_whole_number(dtype) || is_complex(dtype) || dtype == DType::float64 ||
         dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

// What torch.Tensor's own attributes do when they are set, where they do anything: "data" and "real" put other
// numbers into the tensor. torch.save writes a tensor's __dict__, where none of them is.
// Source: the data descriptors of torch.Tensor, PyTorch 1.13 and 2.13.
constexpr auto kTensorAttributes = std::to_array<std::string_view>({"H",
                                                                    "T",
                                                                    "_backward_hooks",
                                                                    "_base",
                                                                    "_cdata",
                                                                    "_grad",
                                                                    "_grad_fn",
                                                                    "_has_symbolic_sizes_strides",
                                                                    "_version",
                                                                    "data",
                                                                    "device",
                                                                    "dtype",
                                                                    "grad",
                                                                    "grad_dtype",
                                                                    "grad_fn",
                                                                    "imag",
                                                                    "is_cpu",
                                                                    "is_cuda",
                                                                    "is_ipu",
                                                                    "is_leaf",
                                                                    "is_maia",
                                                                    "is_meta",
                                                                    "is_mkldnn",
                                                                    "is_mps",
                                                                    "is_mtia",
                                                                    "is_nested",
                                                                    "is_ort",
                                                                    "is_quantized",
                                                                    "is_sparse",
                                                                    "is_vulkan",
                                                                    "is_sparse_csr",
                                                                    "is_xla",
                                                                    "is_xpu",
                                                                    "itemsize",
                                                                    "layout",
                                                                    "mH",
                                                                    "mT",
                                                                    "name",
                                                                    "names",
                                                                    "nbytes",
                                                                    "ndim",
                                                                    "output_nr",
                                                                    "real",
                                                                    "requires_grad",
                                                                    "retains_grad",
                                                                    "shape",
                                                                    "volatile",
                                                                    "_python_dispatch",
                                                                    "_post_accumulate_grad_hooks"});

bool is_tensor_attribute(std::string_view name) {
  return name.starts_with("__") || std::find(kTensorAttributes.begin(), kTensorAttributes.end(),
                                             name) != kTensorAttributes.end();
}

}  // namespace

// A dict of attributes, or the pair of such a dict and one of slots, each of which may be None.
// Source: _set_obj_state of torch/_utils.py.
void TorchWorld::check_state(Value state, std::uint64_t offset) const {
  if (state.kind() == Kind::tuple) {
    for (const Value part : state.items())
      if (part.kind() != Kind::tuple) check_state(part, offset);
    return;
  }
  if (state.kind() != Kind::dict) return;
  for (const auto& [key, value] : state.entries()) {
    if (key.kind() == Kind::string && is_tensor_attribute(key.string()))
      flaw(offset, "a tensor's state sets its attribute '" + std::string(key.string()) +
                       "', which torch never writes");
  }
}

// Hooks are Python's functions: they change gradients, not the numbers.
void TorchWorld::check_hooks(Value hooks, std::uint64_t offset) const {
  if (hooks.kind() != Kind::none && !is_empty_dict(hooks) && !options_.is_lenient)
    damaged(offset, "a tensor has backward hooks");
}

Value TorchWorld::add_tensor(const TensorInfo& tensor) {
  tensors_.push_back(tensor);
  return {Kind::tensor, tensors_.size() - 1};
}

std::optional<Shape> TorchWorld::shape_of(Value value) {
  if (value.kind() != Kind::tuple || value.items().size() > kMaxRank) return std::nullopt;
  const auto items = value.items();
  auto* const sizes = arena_.allocate<std::int64_t>(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind() != Kind::integer || items[i].integer() < 0) return std::nullopt;
    sizes[i] = items[i].integer();
  }
  return Shape(sizes, items.size());
}

const TensorInfo* TorchWorld::tensor_of(Value value, std::uint64_t offset) const {
  if (value.kind() != Kind::tensor || unbuilt_tensors_.contains(value.index()))
    flaw(offset, "a tensor is made from something else than a tensor");
  return &tensors_[value.index()];
}

Value TorchWorld::rebuild_tensor(Arguments arguments, std::optional<DType> dtype,
                                 std::uint64_t offset) {
  if (arguments.size() != 4 || arguments[0].kind() != Kind::storage)
    flaw(offset, "a tensor is rebuilt from something else than a storage");
  const StorageView& view = views_[arguments[0].index()];
  const StorageReference& storage = storages_[view.storage];
  if (storage.dtype.has_value() == dtype.has_value())
    damaged(offset, "a tensor has no dtype, or two");
  TensorInfo tensor;
  tensor.storage = view.storage;
  tensor.dtype = dtype ? *dtype : *storage.dtype;
  tensor.is_meta = storage.location == "meta";
  const auto shape = shape_of(arguments[2]);
  const auto stride = shape_of(arguments[3]);
  if (arguments[1].kind() != Kind::integer || arguments[1].integer() < 0 || !shape || !stride)
    damaged(offset, "a tensor has an offset, a shape or a stride that is none");
  tensor.storage_offset = static_cast<std::uint64_t>(arguments[1].integer());
  tensor.shape = *shape;
  tensor.stride = *stride;
  const std::size_t item = item_bytes(tensor.dtype);
  const bool is_packed = elements_per_byte(tensor.dtype) > 1;
  if (is_packed ? !packed_fits(tensor, view.bytes, offset)
                : !fits(tensor.shape, tensor.stride, tensor.storage_offset, view.bytes / item)) {
    damaged(offset, "a tensor reaches beyond its storage '" + std::string(storage.key) + "' of " +
                        std::to_string(view.bytes) + " bytes");
  }
  if (view.first_byte % item != 0)
    damaged(offset, "a tensor's storage begins inside an element of another");
  tensor.storage_offset += view.first_byte / item;
  return add_tensor(tensor);
}

Value TorchWorld::rebuild_tensor_v2(Arguments arguments, std::optional<DType> dtype,
                                    std::uint64_t offset) {
  if (arguments.size() < 6 || arguments.size() > 7 || arguments[4].kind() != Kind::boolean)
    flaw(offset, "a tensor is rebuilt with the wrong number of arguments");
  check_hooks(arguments[5], offset);
  const Value made = rebuild_tensor(arguments.first(4), dtype, offset);
  TensorInfo& tensor = tensors_[made.index()];
  tensor.requires_grad = arguments[4].boolean();
  if (arguments.size() == 7 && arguments[6].kind() != Kind::none) {
    if (arguments[6].kind() != Kind::dict) flaw(offset, "a tensor's metadata are no dict");
    for (const auto& [key, value] : arguments[6].entries()) {
      const bool is_known = key.kind() == Kind::string && value.kind() == Kind::boolean &&
                            (key.string() == "conj" || key.string() == "neg");
      if (!is_known)
        flaw(offset, "a tensor has metadata that are not known", errc::unsupported_format);
      // torch asks whether the key is there, not for its value (setTensorMetadata of
      // torch/csrc/jit/serialization/pickler.h).
      (key.string() == "conj" ? tensor.is_conjugate : tensor.is_negative) = true;
    }
    if (tensor.is_conjugate && !is_complex(tensor.dtype))
      flaw(offset, "a tensor of " + std::string(name_of(tensor.dtype)) +
                       " is conjugated, whose numbers are not complex");
    if (tensor.is_negative && !has_negatives(tensor.dtype))
      flaw(offset,
           "a tensor of " + std::string(name_of(tensor.dtype)) +
               " is negated, which torch does not do",
           errc::unsupported_format);
  }
  return made;
}

// As v2, with the dtype after its first six.
Value TorchWorld::rebuild_tensor_v3(Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() >= 7 ? dtype_of(arguments[6]) : std::nullopt;
  if (!dtype) flaw(offset, "a tensor is rebuilt with a dtype that is none");
  std::array<Value, 7> as_v2;
  std::copy_n(arguments.begin(), 6, as_v2.begin());
  if (arguments.size() > 8) flaw(offset, "a tensor is rebuilt with the wrong number of arguments");
  if (arguments.size() == 8) as_v2[6] = arguments[7];
  return rebuild_tensor_v2(std::span(as_v2).first(arguments.size() == 8 ? 7 : 6), dtype, offset);
}

Value TorchWorld::rebuild_parameter(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() < 3 || arguments.size() > 4 || arguments[1].kind() != Kind::boolean)
    flaw(offset, "a parameter is rebuilt from something else than a tensor");
  TensorInfo parameter = *tensor_of(arguments[0], offset);
  check_hooks(arguments[2], offset);
  if (arguments.size() == 4) check_state(arguments[3], offset);
  parameter.requires_grad = arguments[1].boolean();
  parameter.is_parameter = true;
  return add_tensor(parameter);
}

// (tensor[, requires_grad]), or () and the state later.
Value TorchWorld::parameter(Arguments arguments, std::uint64_t offset) {
  if (arguments.empty()) {
    unbuilt_tensors_.insert(tensors_.size());
    return add_tensor(TensorInfo());
  }
  if (arguments.size() > 2 || (arguments.size() == 2 && arguments[1].kind() != Kind::boolean))
    flaw(offset, "a parameter is made with the wrong arguments");
  TensorInfo parameter = *tensor_of(arguments[0], offset);
  parameter.requires_grad = arguments.size() == 1 || arguments[1].boolean();
  parameter.is_parameter = true;
  return add_tensor(parameter);
}

// What a tensor was before 0.1.12: made empty, with the arguments of Tensor.set_ for a state.
void TorchWorld::build_tensor(std::size_t index, Value state, std::uint64_t offset) {
  const auto type = tensor_types_.find(index);
  if (type == tensor_types_.end()) return build_parameter(index, state, offset);
  if (state.kind() != Kind::tuple || state.items().size() != 4)
    flaw(offset, "a tensor's state is none");
  const Value made = rebuild_tensor(state.items(), std::nullopt, offset);
  if (tensors_[made.index()].dtype != type->second)
    damaged(offset, "a tensor's storage is of another type");
  tensors_[index] = tensors_[made.index()];
}

// Tensor.__setstate__'s (data, _, hooks, requires_grad, _), of torch before 0.4.
void TorchWorld::build_parameter(std::size_t index, Value state, std::uint64_t offset) {
  const auto parts = state.kind() == Kind::tuple ? state.items() : std::span<const Value>();
  if (parts.size() != 5 || parts[3].kind() != Kind::boolean)
    flaw(offset, "a parameter's state is none");
  check_hooks(parts[2], offset);
  TensorInfo parameter = *tensor_of(parts[0], offset);
  parameter.requires_grad = parts[3].boolean();
  parameter.is_parameter = true;
  tensors_[index] = parameter;
}

// (function, type, arguments, state): the state is Python's own and stays where it is, but for types
// that keep their tensors in it.
Value TorchWorld::rebuild_from_type(Arguments arguments, std::uint64_t offset) {
  const bool well_formed = arguments.size() == 4 && arguments[0].kind() == Kind::named &&
                           arguments[1].kind() == Kind::named && arguments[2].kind() == Kind::tuple;
  if (!well_formed) flaw(offset, "a tensor of a type is rebuilt with the wrong arguments");
  const std::string_view type = arguments[1].string();
  const bool is_parameter = type == "torch.nn.parameter.Parameter";
  const bool is_plain =
      is_parameter || type == "torch.Tensor" || type == "torch.nn.parameter.Buffer";
  const bool has_tensors_inside = type == "torch.distributed.tensor.DTensor" ||
                                  type == "torch.nested._internal.nested_tensor.NestedTensor";
  if (!is_plain && !has_tensors_inside && !options_.is_lenient)
    throw_at(errc::unsupported_format, offset, "a tensor is of the type " + std::string(type));
  if (is_plain || has_tensors_inside) check_state(arguments[3], offset);
  switch (static_cast<GlobalId>(arguments[0].pointer<GlobalName>()->id)) {
    case GlobalId::rebuild_tensor:
    case GlobalId::rebuild_tensor_v2:
    case GlobalId::rebuild_tensor_v3:
    case GlobalId::rebuild_parameter:
    case GlobalId::rebuild_sparse_tensor:
    case GlobalId::rebuild_qtensor:
    case GlobalId::rebuild_meta_tensor: {
      if (has_tensors_inside) break;
      const Value made = make(arguments[0], arguments[2].items(), Calling::as_function, offset);
      if (is_parameter) tensors_[made.index()].is_parameter = true;
      return made;
    }
    case GlobalId::rebuild_nested_tensor:
    case GlobalId::rebuild_jagged_tensor:
      return make(arguments[0], arguments[2].items(), Calling::as_function, offset);
    case GlobalId::rebuild_wrapper_subclass:
      if (!is_plain) return rebuild_wrapper(type, arguments[2].items(), arguments[3], offset);
      break;
    case GlobalId::unknown: {
      // A function of its own: what it was given and the state are all that can be told.
      const Value made = object(type, arguments[2].items());
      made.pointer<Object>()->state = arguments[3];
      return made;
    }
    default:
      break;
  }
  flaw(offset, "a tensor of a type is rebuilt by " + std::string(arguments[0].string()));
}

// (class, dtype, size, stride, offset, layout, device, requires_grad), with the tensors inside in the
// attributes.
Value TorchWorld::rebuild_wrapper(std::string_view type, Arguments arguments, Value state,
                                  std::uint64_t offset) {
  if (arguments.size() != 8 || arguments[7].kind() != Kind::boolean)
    flaw(offset, "a tensor of a type is rebuilt with the wrong arguments");
  const Value made = object(type, {});
  made.pointer<Object>()->state = state;
  if (type != "torch.distributed.tensor.DTensor") return made;
  // Its attributes are slots: (None or the other attributes, {'_local_tensor': ..., '_spec': ...}).
  const auto states = state.kind() == Kind::tuple ? state.items() : std::span<const Value>();
  if (states.size() != 2 || states[1].kind() != Kind::dict)
    flaw(offset, "a distributed tensor has no local part");
  const auto find = [](Value dict, std::string_view name) {
    if (dict.kind() != Kind::dict) return Value();
    for (const auto& [key, item] : dict.entries())
      if (key.kind() == Kind::string && key.string() == name) return item;
    return Value();
  };
  const Value local = find(states[1], "_local_tensor");
  const auto shape = shape_of(arguments[2]);
  if (!shape || local.kind() != Kind::tensor)
    flaw(offset, "a distributed tensor has no local part");
  TensorInfo whole = *tensor_of(local, offset);
  if (whole.shape == *shape) {
    whole.requires_grad = arguments[7].boolean();
    const Value is_parameter = find(states[0], "_is_param");
    whole.is_parameter = is_parameter.kind() == Kind::boolean && is_parameter.boolean();
    return add_tensor(whole);
  }
  // A part of it, under the name that it has in Python: it is not what the whole would be.
  auto* const entries = arena_.make<std::pair<Value, Value>>(text("_local_tensor"), local);
  auto* const attributes = arena_.make<Mapping>();
  attributes->entries = entries;
  attributes->size = attributes->capacity = 1;
  made.pointer<Object>()->state = Value(Kind::dict, attributes, 0);
  return made;
}

// (buffer, sizes, strides, offsets): as the tensors that it is made of, once the sizes can be read.
Value TorchWorld::rebuild_nested_tensor(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() != 4) flaw(offset, "a nested tensor is rebuilt with the wrong arguments");
  for (const Value argument : arguments) tensor_of(argument, offset);
  const Value made = object("torch._utils._rebuild_nested_tensor", kept(arguments));
  made.pointer<Object>()->role = ObjectRole::nested_tensor;
  return made;
}

// ({'values': ..., 'offsets': ..., 'lengths': ..., ...},): by its inner tensors.
Value TorchWorld::rebuild_jagged_tensor(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() != 1 || arguments[0].kind() != Kind::dict)
    flaw(offset, "a nested tensor is rebuilt with the wrong arguments");
  auto* const attributes = arena_.make<Mapping>();
  attributes->entries = arena_.allocate<std::pair<Value, Value>>(3);
  attributes->capacity = 3;
  for (const std::string_view name : {"values", "offsets", "lengths"}) {
    for (const auto& [key, item] : arguments[0].entries()) {
      if (attributes->size == 3 || key.kind() != Kind::string || key.string() != name ||
          item.kind() == Kind::none)
        continue;
      tensor_of(item, offset);
      attributes->entries[attributes->size++] = {key, item};
    }
  }
  if (attributes->size < 2) flaw(offset, "a nested tensor has no values or no offsets");
  const Value made = object("torch.nested._internal.nested_tensor.NestedTensor", {});
  made.pointer<Object>()->state = Value(Kind::dict, attributes, 0);
  return made;
}

// (tensor, dtype, device, requires_grad)
Value TorchWorld::rebuild_device_tensor(Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() == 4 ? dtype_of(arguments[1]) : std::nullopt;
  if (!dtype || arguments[3].kind() != Kind::boolean)
    flaw(offset, "a device's tensor is rebuilt with the wrong arguments");
  TensorInfo tensor = *tensor_of(arguments[0], offset);
  if (tensor.dtype != *dtype)
    flaw(offset, "a device's tensor comes from a tensor of another dtype",
         errc::unsupported_format);
  tensor.requires_grad = arguments[3].boolean();
  return add_tensor(tensor);
}

std::span<const TensorInfo> TorchWorld::parts(std::initializer_list<const TensorInfo*> tensors) {
  auto* const copies = arena_.allocate<TensorInfo>(tensors.size());
  std::size_t size = 0;
  for (const TensorInfo* tensor : tensors) new (&copies[size++]) TensorInfo(*tensor);
  return {copies, size};
}

// TorchScript's (layout's number, size, requires_grad, indices, values, hooks) or (..., crow_indices,
// col_indices, values, hooks). Source: pushSparseTensor of torch/csrc/jit/serialization/pickler.cpp and
// c10/core/Layout.h, PyTorch 2.13.
Value TorchWorld::rebuild_script_sparse_tensor(Arguments arguments, std::uint64_t offset) {
  constexpr std::int64_t kSparse = 1;
  constexpr std::int64_t kSparseCsr = 2;
  const std::int64_t number = arguments[0].integer();
  const bool is_csr = number == kSparseCsr && arguments.size() == 7;
  if ((!is_csr && (number != kSparse || arguments.size() != 6)) ||
      arguments[2].kind() != Kind::boolean)
    flaw(offset, "a sparse tensor is rebuilt with the wrong arguments");
  const auto inner = arguments.subspan(3, is_csr ? 3 : 2);
  auto* const data = arena_.allocate<Value>(inner.size() + 1);
  std::copy(inner.begin(), inner.end(), data);
  new (&data[inner.size()]) Value(arguments[1]);
  const std::array<Value, 2> as_python = {named(is_csr ? "torch.sparse_csr" : "torch.sparse_coo"),
                                          Value(Kind::tuple, data, inner.size() + 1)};
  const Value made = rebuild_sparse_tensor(as_python, offset);
  tensors_[made.index()].requires_grad = arguments[2].boolean();
  return made;
}

// (layout, (indices, values, size[, is_coalesced])), or
// (layout, (compressed_indices, plain_indices, values, size)).
Value TorchWorld::rebuild_sparse_tensor(Arguments arguments, std::uint64_t offset) {
  if (options_.is_script && arguments.size() >= 6 && arguments[0].kind() == Kind::integer)
    return rebuild_script_sparse_tensor(arguments, offset);
  const auto data = arguments.size() == 2 && arguments[0].kind() == Kind::named &&
                            arguments[1].kind() == Kind::tuple
                        ? arguments[1].items()
                        : std::span<const Value>();
  std::optional<Layout> layout;
  if (!data.empty()) {
    for (const Layout candidate : {Layout::sparse_coo, Layout::sparse_csr, Layout::sparse_csc,
                                   Layout::sparse_bsr, Layout::sparse_bsc}) {
      if (arguments[0].string() == "torch." + std::string(name_of(candidate))) layout = candidate;
    }
  }
  const bool is_coo = layout == Layout::sparse_coo;
  const bool has_size =
      layout && (is_coo ? data.size() == 3 || data.size() == 4 : data.size() == 4);
  if (!has_size) flaw(offset, "a sparse tensor is rebuilt with the wrong arguments");
  TensorInfo tensor;
  tensor.layout = *layout;
  const auto shape = shape_of(data[is_coo ? 2 : 3]);
  if (!shape || !element_count(*shape)) damaged(offset, "a sparse tensor has a shape that is none");
  tensor.shape = *shape;
  const TensorInfo first = *tensor_of(data[0], offset);
  const TensorInfo second = *tensor_of(data[1], offset);
  const TensorInfo values = is_coo ? second : *tensor_of(data[2], offset);
  tensor.dtype = values.dtype;
  for (const TensorInfo* part : {&first, &second, &values}) {
    if (part->layout != Layout::strided || part->quantization)
      damaged(offset, "a sparse tensor has indices or values that are not dense");
  }
  if (is_coo) {
    // Indices are (sparse dimensions, entries), values (entries, dense dimensions...).
    const bool fit =
        first.dtype == DType::int64 && first.shape.size() == 2 && !values.shape.empty() &&
        first.shape[1] == values.shape[0] &&
        static_cast<std::size_t>(first.shape[0]) + values.shape.size() - 1 == tensor.shape.size() &&
        std::equal(values.shape.begin() + 1, values.shape.end(),
                   tensor.shape.begin() + first.shape[0]);
    if (!fit) damaged(offset, "a sparse tensor's indices, values and shape do not fit");
    tensor.is_coalesced = data.size() == 4 && data[3].kind() == Kind::boolean && data[3].boolean();
    tensor.parts = parts({&first, &values});
    return add_tensor(tensor);
  }
  const bool fit = is_whole_number(first.dtype) && first.dtype == second.dtype &&
                   tensor.shape.size() >= 2 && !first.shape.empty() && !second.shape.empty() &&
                   values.shape.size() >= second.shape.size() && first.shape.back() >= 1 &&
                   second.shape.back() == values.shape[second.shape.size() - 1];
  if (!fit) damaged(offset, "a sparse tensor's indices, values and shape do not fit");
  tensor.parts = parts({&first, &second, &values});
  return add_tensor(tensor);
}

// (storage, offset, size, stride, (scheme, scale, zero_point) or (scheme, scales, zero_points, axis),
// requires_grad, hooks)
Value TorchWorld::rebuild_qtensor(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() != 7 || arguments[4].kind() != Kind::tuple ||
      arguments[5].kind() != Kind::boolean)
    flaw(offset, "a quantized tensor is rebuilt with the wrong arguments");
  check_hooks(arguments[6], offset);
  const Value made = rebuild_tensor(arguments.first(4), std::nullopt, offset);
  TensorInfo tensor = tensors_[made.index()];
  tensor.requires_grad = arguments[5].boolean();
  const auto parameters = arguments[4].items();
  constexpr std::string_view kModule = "torch.";
  if (parameters.size() < 3 || parameters[0].kind() != Kind::named ||
      !parameters[0].string().starts_with(kModule))
    flaw(offset, "a quantized tensor has no scheme");
  auto* const quantization = arena_.make<Quantization>();
  quantization->scheme = parameters[0].string().substr(kModule.size());
  tensor.quantization = quantization;
  if (parameters.size() == 3 && parameters[1].kind() == Kind::real &&
      parameters[2].kind() == Kind::integer) {
    quantization->scale = parameters[1].real();
    quantization->zero_point = parameters[2].integer();
    if (!std::isfinite(quantization->scale) || quantization->scale <= 0)
      damaged(offset, "a quantized tensor has a scale that is none");
    tensors_[made.index()] = tensor;
    return made;
  }
  if (parameters.size() != 4 || parameters[3].kind() != Kind::integer ||
      parameters[1].kind() != Kind::tensor || parameters[2].kind() != Kind::tensor)
    flaw(offset, "a tensor is quantized in a way that is not read", errc::unsupported_format);
  const TensorInfo scales = *tensor_of(parameters[1], offset);
  const TensorInfo zero_points = *tensor_of(parameters[2], offset);
  quantization->axis = parameters[3].integer();
  const bool fit = quantization->axis >= 0 &&
                   static_cast<std::size_t>(quantization->axis) < tensor.shape.size() &&
                   scales.numel() == zero_points.numel() && scales.shape.size() == 1 &&
                   scales.shape[0] == tensor.shape[static_cast<std::size_t>(quantization->axis)];
  if (!fit) damaged(offset, "a quantized tensor's scales, zero points and axis do not fit");
  tensor.parts = parts({&scales, &zero_points});
  tensors_[made.index()] = tensor;
  return made;
}

// (dtype, size, stride, requires_grad)
Value TorchWorld::rebuild_meta_tensor(Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() == 4 ? dtype_of(arguments[0]) : std::nullopt;
  const auto shape = dtype ? shape_of(arguments[1]) : std::nullopt;
  const auto stride = shape ? shape_of(arguments[2]) : std::nullopt;
  if (!stride || stride->size() != shape->size() || !element_count(*shape) ||
      arguments[3].kind() != Kind::boolean)
    flaw(offset, "a meta tensor is rebuilt with the wrong arguments");
  TensorInfo tensor;
  tensor.dtype = *dtype;
  tensor.shape = *shape;
  tensor.stride = *stride;
  tensor.is_meta = true;
  tensor.requires_grad = arguments[3].boolean();
  return add_tensor(tensor);
}

// (array, dtype, device, requires_grad); _rebuild_xla_tensor's too.
Value TorchWorld::rebuild_from_numpy(Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() == 4 ? dtype_of(arguments[1]) : std::nullopt;
  if (!dtype || arguments[0].kind() != Kind::array || arguments[3].kind() != Kind::boolean)
    flaw(offset, "a device's tensor is rebuilt with the wrong arguments");
  const ArrayInfo& array = arguments[0].array();
  if (!array.is_number || array.dtype != *dtype || array.fortran_order || array.is_big_endian)
    flaw(offset, "a device's tensor comes from an array of another dtype or order",
         errc::unsupported_format);
  StorageReference storage;
  storage.key = arena_.copy("(in the pickle) " + std::to_string(storages_.size()));
  storage.location = "cpu";
  storage.dtype = dtype;
  storage.bytes = array.bytes.size();
  storage.is_in_pickle = true;
  TensorInfo tensor;
  tensor.dtype = *dtype;
  tensor.storage = storage_number(storage, offset);
  in_pickle_[tensor.storage] = array.bytes;
  tensor.shape = array.shape;
  auto* const stride = arena_.allocate<std::int64_t>(array.shape.size());
  std::int64_t step = 1;
  for (std::size_t i = array.shape.size(); i-- > 0;) {
    stride[i] = step;
    step *= std::max<std::int64_t>(array.shape[i], 1);
  }
  tensor.stride = Shape(stride, array.shape.size());
  tensor.requires_grad = arguments[3].boolean();
  return add_tensor(tensor);
}

}  // namespace torchhub::archive::detail
