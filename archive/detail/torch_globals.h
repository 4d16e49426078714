#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_GLOBALS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_GLOBALS_H_
// The globals that a checkpoint's pickle may name. Pure.
//
// Source: torch/_weights_only_unpickler.py of PyTorch 2.13 (_get_allowed_globals), and what
// torch.nested and torch.distributed.tensor add to it; beyond it numpy's arrays and scalars, a few builtins,
// dates, paths and torch's version, each of which is read as plain data here.

#include <torchhub/archive/dtype.h>

#include <optional>
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
std::optional<GlobalId> find_global(std::string_view full_name, bool is_script);

/// What a global means that only a lenient reader may name.
std::optional<GlobalId> find_lenient_global(std::string_view full_name);

/// "module.name" by today's names, for Python 2's and numpy's older ones.
std::string full_name_of(std::string_view module, std::string_view name);

/// Whether the name is that of a storage type, and its dtype; no dtype for an untyped one, whose size
/// is in bytes.
struct StorageType {
  std::optional<DType> dtype;
};
std::optional<StorageType> storage_type(std::string_view full_name);

/// The dtype of torch.FloatTensor and its like; nothing for what is none.
std::optional<DType> tensor_type(std::string_view full_name);

/// The storage type of `dtype`, as "FloatStorage"; nothing for dtypes that have none.
std::optional<std::string_view> storage_type_name(DType dtype);

/// What to tell a user about a refused global, beyond that it is refused; may be "".
std::string_view advice_on_global(std::string_view full_name);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_GLOBALS_H_
