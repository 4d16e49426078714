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

bool is_empty_dict(Value value) { return value.kind() == Kind::dict && value.entries().empty(); }

std::optional<DType> dtype_of(Value value) {
  constexpr std::string_view kModule = "torch.";
  if (value.kind() != Kind::named || !value.string().starts_with(kModule)) return std::nullopt;
  return dtype_of_name(value.string().substr(kModule.size()));
}

void check_hooks(Value hooks, std::uint64_t offset) {
  if (hooks.kind() != Kind::none && !is_empty_dict(hooks))
    damaged(offset, "a tensor has backward hooks");
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

}  // namespace

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
    damaged(offset, "a tensor is made from something else than a tensor");
  return &tensors_[value.index()];
}

Value TorchWorld::rebuild_tensor(Arguments arguments, std::optional<DType> dtype,
                                 std::uint64_t offset) {
  if (arguments.size() != 4 || arguments[0].kind() != Kind::storage)
    damaged(offset, "a tensor is rebuilt from something else than a storage");
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
    damaged(offset, "a tensor is rebuilt with the wrong number of arguments");
  check_hooks(arguments[5], offset);
  const Value made = rebuild_tensor(arguments.first(4), dtype, offset);
  TensorInfo& tensor = tensors_[made.index()];
  tensor.requires_grad = arguments[4].boolean();
  if (arguments.size() == 7 && arguments[6].kind() != Kind::none) {
    if (arguments[6].kind() != Kind::dict) damaged(offset, "a tensor's metadata are no dict");
    for (const auto& [key, value] : arguments[6].entries()) {
      const bool is_known = key.kind() == Kind::string && value.kind() == Kind::boolean &&
                            (key.string() == "conj" || key.string() == "neg");
      if (!is_known)
        throw_at(errc::unsupported_format, offset, "a tensor has metadata that are not known");
      (key.string() == "conj" ? tensor.is_conjugate : tensor.is_negative) = value.boolean();
    }
  }
  return made;
}

// As v2, with the dtype after its first six.
Value TorchWorld::rebuild_tensor_v3(Arguments arguments, std::uint64_t offset) {
  const auto dtype = arguments.size() >= 7 ? dtype_of(arguments[6]) : std::nullopt;
  if (!dtype) damaged(offset, "a tensor is rebuilt with a dtype that is none");
  std::array<Value, 7> as_v2;
  std::copy_n(arguments.begin(), 6, as_v2.begin());
  if (arguments.size() > 8)
    damaged(offset, "a tensor is rebuilt with the wrong number of arguments");
  if (arguments.size() == 8) as_v2[6] = arguments[7];
  return rebuild_tensor_v2(std::span(as_v2).first(arguments.size() == 8 ? 7 : 6), dtype, offset);
}

Value TorchWorld::rebuild_parameter(Arguments arguments, std::uint64_t offset) {
  if (arguments.size() < 3 || arguments.size() > 4 || arguments[1].kind() != Kind::boolean)
    damaged(offset, "a parameter is rebuilt from something else than a tensor");
  TensorInfo parameter = *tensor_of(arguments[0], offset);
  check_hooks(arguments[2], offset);
  parameter.requires_grad = arguments[1].boolean();
  parameter.is_parameter = true;
  return add_tensor(parameter);
}

// Tensor.__setstate__'s (data, _, hooks, requires_grad, _), of torch before 0.4.
void TorchWorld::build_parameter(std::size_t index, Value state, std::uint64_t offset) {
  const auto parts = state.kind() == Kind::tuple ? state.items() : std::span<const Value>();
  if (parts.size() != 5 || parts[3].kind() != Kind::boolean)
    damaged(offset, "a parameter's state is none");
  check_hooks(parts[2], offset);
  TensorInfo parameter = *tensor_of(parts[0], offset);
  parameter.requires_grad = parts[3].boolean();
  parameter.is_parameter = true;
  tensors_[index] = parameter;
}

// (function, type, arguments, state): the state is Python's own and stays where it is.
Value TorchWorld::rebuild_from_type(Arguments arguments, std::uint64_t offset) {
  const bool well_formed = arguments.size() == 4 && arguments[0].kind() == Kind::named &&
                           arguments[1].kind() == Kind::named && arguments[2].kind() == Kind::tuple;
  if (!well_formed) damaged(offset, "a tensor of a type is rebuilt with the wrong arguments");
  const std::string_view type = arguments[1].string();
  const bool is_parameter = type == "torch.nn.parameter.Parameter";
  if (!is_parameter && type != "torch.Tensor" && type != "torch.nn.parameter.Buffer")
    throw_at(errc::unsupported_format, offset, "a tensor is of the type " + std::string(type));
  switch (static_cast<GlobalId>(arguments[0].pointer<GlobalName>()->id)) {
    case GlobalId::rebuild_tensor:
    case GlobalId::rebuild_tensor_v2:
    case GlobalId::rebuild_tensor_v3:
    case GlobalId::rebuild_parameter:
    case GlobalId::rebuild_sparse_tensor:
    case GlobalId::rebuild_qtensor:
    case GlobalId::rebuild_meta_tensor: {
      const Value made = call(arguments[0], arguments[2].items(), offset);
      if (is_parameter) tensors_[made.index()].is_parameter = true;
      return made;
    }
    default:
      damaged(offset, "a tensor of a type is rebuilt by " + std::string(arguments[0].string()));
  }
}

std::span<const TensorInfo> TorchWorld::parts(std::initializer_list<const TensorInfo*> tensors) {
  auto* const copies = arena_.allocate<TensorInfo>(tensors.size());
  std::size_t size = 0;
  for (const TensorInfo* tensor : tensors) new (&copies[size++]) TensorInfo(*tensor);
  return {copies, size};
}

// (layout, (indices, values, size[, is_coalesced])), or
// (layout, (compressed_indices, plain_indices, values, size)).
Value TorchWorld::rebuild_sparse_tensor(Arguments arguments, std::uint64_t offset) {
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
  if (!has_size) damaged(offset, "a sparse tensor is rebuilt with the wrong arguments");
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
    damaged(offset, "a quantized tensor is rebuilt with the wrong arguments");
  check_hooks(arguments[6], offset);
  const Value made = rebuild_tensor(arguments.first(4), std::nullopt, offset);
  TensorInfo tensor = tensors_[made.index()];
  tensor.requires_grad = arguments[5].boolean();
  const auto parameters = arguments[4].items();
  constexpr std::string_view kModule = "torch.";
  if (parameters.size() < 3 || parameters[0].kind() != Kind::named ||
      !parameters[0].string().starts_with(kModule))
    damaged(offset, "a quantized tensor has no scheme");
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
    throw_at(errc::unsupported_format, offset, "a tensor is quantized in a way that is not read");
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
    damaged(offset, "a meta tensor is rebuilt with the wrong arguments");
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
    damaged(offset, "a device's tensor is rebuilt with the wrong arguments");
  const ArrayInfo& array = arguments[0].array();
  if (array.dtype != *dtype || array.fortran_order || array.is_big_endian)
    throw_at(errc::unsupported_format, offset,
             "a device's tensor comes from an array of another dtype or order");
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
