#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_GLOBALS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_GLOBALS_H_
// The globals that a checkpoint's pickle may name. Pure.
//
// Source: torch/_weights_only_unpickler.py of PyTorch 2.13 (_get_allowed_globals), and what
// torch.nested and torch.distributed.tensor add to it; beyond it numpy's arrays and scalars, a few builtins,
// dates, paths and torch's version, each of which is read as plain data here.

#include <torchhub/archive/dtype.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace torchhub::archive::detail {

/// What a global means to a TorchWorld.
enum class GlobalId : int {
  inert,    ///< stands for itself: a dtype, a storage type, a class that only rebuilders name
  unknown,  ///< not on the list; read as an object without meaning, where that was asked for
  ordered_dict,
  counter,
  default_dict,
  rebuild_tensor,
  rebuild_tensor_v2,
  rebuild_tensor_v3,
  rebuild_parameter,
  rebuild_parameter_with_state,
  rebuild_from_type,
  rebuild_sparse_tensor,
  rebuild_qtensor,
  rebuild_meta_tensor,
  rebuild_device_tensor_from_cpu_tensor,
  rebuild_device_tensor_from_numpy,
  parameter,    ///< torch.nn.Parameter, made of a tensor, or made empty and given its state
  tensor_type,  ///< torch.FloatTensor and its like, made empty and given their state
  rebuild_nested_tensor,
  rebuild_jagged_tensor,
  rebuild_wrapper_subclass,
  size,
  device,
  get_layout,
  codecs_encode,
  set,
  bytes,
  bytearray,
  complex,
  data_object,  ///< a slice, a range, a device mesh: kept with its arguments
  torch_version,
  path,
  windows_path,
  date,
  datetime,
  time,
  timezone,
  deque,
  numpy_dtype,
  numpy_scalar,
  numpy_reconstruct,
  numpy_frombuffer,
  script_list,  ///< torch.jit._pickle.build_*list
  script_restore_type_tag,
  reconstructor,  ///< copyreg's, of protocols 0 and 1
  new_object,     ///< copyreg.__newobj__
  new_object_ex,
};

/// The list's word on "module.name"; nothing for a global that is refused. `is_script`: also what only
/// TorchScript's pickles name.
inline std::optional<GlobalId> find_global(std::string_view full_name, bool is_script);

/// What a global means that only a lenient reader may name.
inline std::optional<GlobalId> find_lenient_global(std::string_view full_name);

/// "module.name" by today's names, for Python 2's and numpy's older ones.
inline std::string full_name_of(std::string_view module, std::string_view name);

/// Whether the name is that of a storage type, and its dtype; no dtype for an untyped one, whose size
/// is in bytes.
struct StorageType {
  std::optional<DType> dtype;
};
inline std::optional<StorageType> storage_type(std::string_view full_name);

/// The dtype of torch.FloatTensor and its like; nothing for what is none.
inline std::optional<DType> tensor_type(std::string_view full_name);

/// The storage type of `dtype`, as "FloatStorage"; nothing for dtypes that have none.
inline std::optional<std::string_view> storage_type_name(DType dtype);

/// What to tell a user about a refused global, beyond that it is refused; may be "".
inline std::string_view advice_on_global(std::string_view full_name);

namespace torch_globals_detail {

struct Row {
  std::string_view name;
  GlobalId id;
};

// Sorted by name.
inline constexpr auto kGlobals = std::to_array<Row>({
    {"_codecs.encode", GlobalId::codecs_encode},
    {"builtins.Ellipsis", GlobalId::inert},
    {"builtins.NotImplemented", GlobalId::inert},
    {"builtins.bool", GlobalId::inert},
    {"builtins.bytearray", GlobalId::bytearray},
    {"builtins.bytes", GlobalId::bytes},
    {"builtins.complex", GlobalId::complex},
    {"builtins.dict", GlobalId::inert},
    {"builtins.float", GlobalId::inert},
    {"builtins.frozenset", GlobalId::set},
    {"builtins.int", GlobalId::inert},
    {"builtins.list", GlobalId::inert},
    {"builtins.range", GlobalId::data_object},
    {"builtins.set", GlobalId::set},
    {"builtins.slice", GlobalId::data_object},
    {"builtins.str", GlobalId::inert},
    {"builtins.tuple", GlobalId::inert},
    {"collections.Counter", GlobalId::counter},
    {"collections.OrderedDict", GlobalId::ordered_dict},
    {"collections.defaultdict", GlobalId::default_dict},
    {"collections.deque", GlobalId::deque},
    {"datetime.date", GlobalId::date},
    {"datetime.datetime", GlobalId::datetime},
    {"datetime.time", GlobalId::time},
    {"datetime.timedelta", GlobalId::data_object},
    {"datetime.timezone", GlobalId::timezone},
    {"numpy.core.multiarray._reconstruct", GlobalId::numpy_reconstruct},
    {"numpy.core.multiarray.scalar", GlobalId::numpy_scalar},
    {"numpy.core.numeric._frombuffer", GlobalId::numpy_frombuffer},
    {"numpy.dtype", GlobalId::numpy_dtype},
    {"numpy.ndarray", GlobalId::inert},
    {"pathlib.Path", GlobalId::path},
    {"pathlib.PosixPath", GlobalId::path},
    {"pathlib.PurePath", GlobalId::path},
    {"pathlib.PurePosixPath", GlobalId::path},
    {"pathlib.PureWindowsPath", GlobalId::windows_path},
    {"pathlib.WindowsPath", GlobalId::windows_path},
    {"torch.Size", GlobalId::size},
    {"torch._dynamo.decorators._DimRange", GlobalId::data_object},
    {"torch._tensor._rebuild_from_type_v2", GlobalId::rebuild_from_type},
    {"torch._utils._rebuild_device_tensor_from_cpu_tensor",
     GlobalId::rebuild_device_tensor_from_cpu_tensor},
    {"torch._utils._rebuild_device_tensor_from_numpy", GlobalId::rebuild_device_tensor_from_numpy},
    {"torch._utils._rebuild_meta_tensor_no_storage", GlobalId::rebuild_meta_tensor},
    {"torch._utils._rebuild_nested_tensor", GlobalId::rebuild_nested_tensor},
    {"torch._utils._rebuild_parameter", GlobalId::rebuild_parameter},
    {"torch._utils._rebuild_parameter_with_state", GlobalId::rebuild_parameter_with_state},
    {"torch._utils._rebuild_qtensor", GlobalId::rebuild_qtensor},
    {"torch._utils._rebuild_sparse_csr_tensor", GlobalId::rebuild_sparse_tensor},
    {"torch._utils._rebuild_sparse_tensor", GlobalId::rebuild_sparse_tensor},
    {"torch._utils._rebuild_tensor", GlobalId::rebuild_tensor},
    {"torch._utils._rebuild_tensor_v2", GlobalId::rebuild_tensor_v2},
    {"torch._utils._rebuild_tensor_v3", GlobalId::rebuild_tensor_v3},
    {"torch._utils._rebuild_wrapper_subclass", GlobalId::rebuild_wrapper_subclass},
    {"torch._utils._rebuild_xla_tensor", GlobalId::rebuild_device_tensor_from_numpy},
    {"torch.device", GlobalId::device},
    {"torch.distributed._mesh_layout._FlatLayout", GlobalId::data_object},
    {"torch.distributed._mesh_layout._MeshLayout", GlobalId::data_object},
    {"torch.distributed.device_mesh.DeviceMesh", GlobalId::data_object},
    {"torch.distributed.tensor.DTensor", GlobalId::inert},
    {"torch.distributed.tensor._dtensor_spec.DTensorSpec", GlobalId::data_object},
    {"torch.distributed.tensor._dtensor_spec.ShardOrderEntry", GlobalId::data_object},
    {"torch.distributed.tensor._dtensor_spec.TensorMeta", GlobalId::data_object},
    {"torch.distributed.tensor.placement_types.Partial", GlobalId::data_object},
    {"torch.distributed.tensor.placement_types.Replicate", GlobalId::data_object},
    {"torch.distributed.tensor.placement_types.Shard", GlobalId::data_object},
    {"torch.distributed.tensor.placement_types._StridedShard", GlobalId::data_object},
    {"torch.nested._internal.nested_tensor.NestedTensor", GlobalId::inert},
    {"torch.nested._internal.nested_tensor._rebuild_njt", GlobalId::rebuild_jagged_tensor},
    {"torch.nn.parameter.Buffer", GlobalId::parameter},
    {"torch.nn.parameter.Parameter", GlobalId::parameter},
    {"torch.serialization._get_layout", GlobalId::get_layout},
    {"torch.storage.TypedStorage", GlobalId::inert},
    {"torch.torch_version.TorchVersion", GlobalId::torch_version},
});
static_assert(std::is_sorted(kGlobals.begin(), kGlobals.end(),
                             [](const Row& a, const Row& b) { return a.name < b.name; }));

inline constexpr auto kScriptGlobals = std::to_array<Row>({
    {"torch.jit._pickle.build_boollist", GlobalId::script_list},
    {"torch.jit._pickle.build_doublelist", GlobalId::script_list},
    {"torch.jit._pickle.build_intlist", GlobalId::script_list},
    {"torch.jit._pickle.build_tensorlist", GlobalId::script_list},
    {"torch.jit._pickle.restore_type_tag", GlobalId::script_restore_type_tag},
});

// Sorted by name.
inline constexpr auto kLenientGlobals = std::to_array<Row>({
    {"copyreg.__newobj__", GlobalId::new_object},
    {"copyreg.__newobj_ex__", GlobalId::new_object_ex},
    {"copyreg._reconstructor", GlobalId::reconstructor},
    {"torch._tensor._rebuild_from_type", GlobalId::rebuild_from_type},
});

struct StorageRow {
  std::string_view name;
  std::optional<DType> dtype;
};

inline constexpr auto kStorageTypes = std::to_array<StorageRow>({
    {"BFloat16Storage", DType::bfloat16},
    {"BoolStorage", DType::boolean},
    {"ByteStorage", DType::uint8},
    {"CharStorage", DType::int8},
    {"ComplexDoubleStorage", DType::complex128},
    {"ComplexFloatStorage", DType::complex64},
    {"DoubleStorage", DType::float64},
    {"FloatStorage", DType::float32},
    {"HalfStorage", DType::float16},
    {"IntStorage", DType::int32},
    {"LongStorage", DType::int64},
    {"QInt32Storage", DType::qint32},
    {"QInt8Storage", DType::qint8},
    {"QUInt2x4Storage", DType::quint2x4},
    {"QUInt4x2Storage", DType::quint4x2},
    {"QUInt8Storage", DType::quint8},
    {"ShortStorage", DType::int16},
    {"UntypedStorage", std::nullopt},
});

struct TensorRow {
  std::string_view name;
  DType dtype;
};

inline constexpr auto kTensorTypes = std::to_array<TensorRow>({
    {"BFloat16Tensor", DType::bfloat16},
    {"BoolTensor", DType::boolean},
    {"ByteTensor", DType::uint8},
    {"CharTensor", DType::int8},
    {"DoubleTensor", DType::float64},
    {"FloatTensor", DType::float32},
    {"HalfTensor", DType::float16},
    {"IntTensor", DType::int32},
    {"LongTensor", DType::int64},
    {"ShortTensor", DType::int16},
    {"Tensor", DType::float32},
});

inline constexpr std::array<std::string_view, 5> kQuantizationSchemes = {
    "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric",
    "per_channel_affine_float_qparams"};

// "int1" to "int7" and "uint1" to "uint7": dtypes that no tensor has, which torch's own list names.
inline bool is_narrow_integer(std::string_view name) {
  if (name.starts_with('u')) name.remove_prefix(1);
  return name.size() == 4 && name.starts_with("int") && name[3] >= '1' && name[3] <= '7';
}

// "sparse.FloatTensor" and its like, which nothing is made of.
inline bool is_sparse_type(std::string_view name) {
  constexpr std::string_view kModule = "sparse.";
  if (!name.starts_with(kModule)) return false;
  name.remove_prefix(kModule.size());
  return name != "Tensor" && std::any_of(kTensorTypes.begin(), kTensorTypes.end(),
                                         [&](const TensorRow& row) { return row.name == name; });
}

// What follows "torch." or "torch.cuda.", if the name has either.
inline std::string_view torch_name(std::string_view full_name) {
  for (const std::string_view module : {"torch.cuda.", "torch."}) {
    if (full_name.starts_with(module)) return full_name.substr(module.size());
  }
  return {};
}

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

inline std::optional<GlobalId> find_in(std::span<const Row> rows, std::string_view name) {
  const auto row = std::lower_bound(rows.begin(), rows.end(), name,
                                    [](const Row& r, std::string_view n) { return r.name < n; });
  if (row == rows.end() || row->name != name) return std::nullopt;
  return row->id;
}

}  // namespace torch_globals_detail

inline std::optional<GlobalId> find_global(std::string_view full_name, bool is_script) {
  if (const auto id = torch_globals_detail::find_in(torch_globals_detail::kGlobals, full_name))
    return id;
  if (is_script) {
    if (const auto id =
            torch_globals_detail::find_in(torch_globals_detail::kScriptGlobals, full_name))
      return id;
    if (full_name.starts_with("__torch__.")) return GlobalId::unknown;
  }
  const std::string_view name = torch_globals_detail::torch_name(full_name);
  if (name.empty()) return std::nullopt;
  if (storage_type(full_name)) return GlobalId::inert;
  if (tensor_type(full_name)) return GlobalId::tensor_type;
  if (torch_globals_detail::is_sparse_type(name)) return GlobalId::inert;
  const bool is_plain = full_name.size() == name.size() + 6;
  if (is_plain && (dtype_of_name(name) || torch_globals_detail::is_narrow_integer(name) ||
                   torch_globals_detail::holds(torch_globals_detail::kQuantizationSchemes, name)))
    return GlobalId::inert;
  return std::nullopt;
}

inline std::optional<GlobalId> find_lenient_global(std::string_view full_name) {
  return torch_globals_detail::find_in(torch_globals_detail::kLenientGlobals, full_name);
}

inline std::optional<DType> tensor_type(std::string_view full_name) {
  const std::string_view name = torch_globals_detail::torch_name(full_name);
  const auto row = std::find_if(
      torch_globals_detail::kTensorTypes.begin(), torch_globals_detail::kTensorTypes.end(),
      [&](const torch_globals_detail::TensorRow& r) { return r.name == name; });
  if (row == torch_globals_detail::kTensorTypes.end()) return std::nullopt;
  return row->dtype;
}

inline std::string full_name_of(std::string_view module, std::string_view name) {
  if (module == "__builtin__") {
    module = "builtins";
    if (name == "xrange") name = "range";
    if (name == "unicode") name = "str";
    if (name == "long") name = "int";
  }
  if (module == "copy_reg") module = "copyreg";
  if (module == "torch.tensor") module = "torch._tensor";
  if (module == "pathlib._local") module = "pathlib";
  if (module == "numpy._core.multiarray") module = "numpy.core.multiarray";
  if (module == "numpy._core.numeric") module = "numpy.core.numeric";
  std::string full_name(module);
  full_name += '.';
  full_name += name;
  return full_name;
}

inline std::optional<std::string_view> storage_type_name(DType dtype) {
  for (const torch_globals_detail::StorageRow& row : torch_globals_detail::kStorageTypes)
    if (row.dtype == dtype) return row.name;
  return std::nullopt;
}

inline std::optional<StorageType> storage_type(std::string_view full_name) {
  std::string_view name = torch_globals_detail::torch_name(full_name);
  if (full_name.starts_with("torch.storage.")) name = full_name.substr(14);
  const auto row = std::find_if(
      torch_globals_detail::kStorageTypes.begin(), torch_globals_detail::kStorageTypes.end(),
      [&](const torch_globals_detail::StorageRow& r) { return r.name == name; });
  if (row == torch_globals_detail::kStorageTypes.end()) return std::nullopt;
  return StorageType{row->dtype};
}

inline std::string_view advice_on_global(std::string_view full_name) {
  const auto begins_with = [&](const auto& prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return full_name.starts_with(prefix); });
  };
  constexpr std::array<std::string_view, 12> kMalicious = {"os.",
                                                           "posix.",
                                                           "nt.",
                                                           "sys.",
                                                           "subprocess.",
                                                           "builtins.eval",
                                                           "builtins.exec",
                                                           "builtins.getattr",
                                                           "builtins.__import__",
                                                           "runpy.",
                                                           "pip.",
                                                           "importlib."};
  constexpr std::array<std::string_view, 7> kWholeObject = {
      "argparse.",          "torch.nn.modules.", "omegaconf.",        "__main__.",
      "torch.distributed.", "torch.optim.",      "torch.nn.parallel."};
  if (begins_with(kMalicious)) return "it looks malicious";
  if (begins_with(kWholeObject))
    return "the file holds whole Python objects: save the state_dict() instead";
  return "";
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_TORCH_GLOBALS_H_
