#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_STATE_DICT_PICKLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_STATE_DICT_PICKLE_H_
// The data.pkl of a state dict, as torch.save writes it. Pure.

#include <torchhub/archive/detail/pickle/pickle_opcode.h>
#include <torchhub/archive/detail/torch/torch_globals.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/torch_zip_tensor.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace torchhub::archive::detail {

/// A pickle of protocol 2 with an OrderedDict of tensors, whose storages are persistent ids.
/// Throws: archive::Error as TorchZipWriter, with sentences that do not name the file.
inline std::string pickle_state_dict(const std::vector<TorchZipTensor>& tensors,
                                     std::span<const std::uint64_t> storage_bytes);

namespace state_dict_pickle_detail {

// Writes values of protocol 2.
class PickleWriter {
 public:
  PickleWriter() {
    put(Opcode::proto);
    text_ += '\2';
  }

  void put(Opcode opcode) { text_ += static_cast<char>(opcode); }

  void global(std::string_view module, std::string_view name) {
    const std::string full = std::string(module) + '\n' + std::string(name) + '\n';
    const auto [known, is_new] = memo_.emplace(full, static_cast<std::uint8_t>(memo_.size()));
    if (is_new) {
      put(Opcode::global);
      text_ += full;
      put(Opcode::binput);
    } else {
      put(Opcode::binget);
    }
    text_ += static_cast<char>(known->second);
  }

  void string(std::string_view value) {
    put(Opcode::binunicode);
    little_endian(static_cast<std::uint32_t>(value.size()), 4);
    text_ += value;
  }

  void integer(std::uint64_t value) {
    if (value <= std::numeric_limits<std::int32_t>::max()) {
      put(Opcode::binint);
      little_endian(value, 4);
    } else {
      put(Opcode::long1);
      text_ += '\x08';
      little_endian(value, 8);
    }
  }

  void boolean(bool value) { put(value ? Opcode::newtrue : Opcode::newfalse); }

  void integers(const std::vector<std::int64_t>& values) {
    put(Opcode::mark);
    for (const std::int64_t value : values) integer(static_cast<std::uint64_t>(value));
    put(Opcode::tuple);
  }

  void ordered_dict() {
    global("collections", "OrderedDict");
    put(Opcode::empty_tuple);
    put(Opcode::reduce);
  }

  std::string finish() {
    put(Opcode::stop);
    return std::move(text_);
  }

 private:
  void little_endian(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> (8 * i) & 0xFF);
  }

  std::string text_;
  // Few: the functions, and a storage type and a dtype for each dtype.
  std::unordered_map<std::string, std::uint8_t> memo_;
};

inline void write_tensor(PickleWriter& pickle, const TorchZipTensor& tensor,
                         std::uint64_t storage_bytes) {
  const std::optional<std::string_view> typed = storage_type_name(tensor.dtype);
  // Newer dtypes have no storage type of their own: an untyped storage, and the dtype beside it.
  pickle.global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  pickle.put(Opcode::mark);
  pickle.put(Opcode::mark);
  pickle.string("storage");
  pickle.global(typed ? "torch" : "torch.storage", typed.value_or("UntypedStorage"));
  pickle.string(std::to_string(tensor.storage));
  pickle.string("cpu");
  pickle.integer(typed ? storage_bytes / item_bytes(tensor.dtype) : storage_bytes);
  pickle.put(Opcode::tuple);
  pickle.put(Opcode::binpersid);
  pickle.integer(tensor.storage_offset);
  pickle.integers(tensor.shape);
  pickle.integers(tensor.stride);
  pickle.boolean(tensor.requires_grad);
  pickle.ordered_dict();
  if (!typed) pickle.global("torch", name_of(tensor.dtype));
  pickle.put(Opcode::tuple);
  pickle.put(Opcode::reduce);
}

inline bool is_quantized(DType dtype) {
  return dtype == DType::qint8 || dtype == DType::quint8 || dtype == DType::qint32 ||
         dtype == DType::quint4x2 || dtype == DType::quint2x4;
}

}  // namespace state_dict_pickle_detail

inline std::string pickle_state_dict(const std::vector<TorchZipTensor>& tensors,
                                     std::span<const std::uint64_t> storage_bytes) {
  std::unordered_set<std::string_view> names;
  std::vector<std::optional<DType>> dtypes(storage_bytes.size());
  state_dict_pickle_detail::PickleWriter pickle;
  pickle.ordered_dict();
  pickle.put(Opcode::mark);
  for (const TorchZipTensor& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      throw Error(errc::damaged_checkpoint, "two tensors are called '" + tensor.name + "'");
    if (state_dict_pickle_detail::is_quantized(tensor.dtype))
      throw Error(errc::unsupported_format,
                  "'" + tensor.name + "' is quantized, which is not written");
    std::optional<DType>& dtype = dtypes.at(tensor.storage);
    if (dtype.value_or(tensor.dtype) != tensor.dtype)
      throw Error(errc::unsupported_format,
                  "'" + tensor.name + "' is " + std::string(name_of(tensor.dtype)) +
                      " over bytes that another tensor has as " + std::string(name_of(*dtype)));
    dtype = tensor.dtype;
    pickle.string(tensor.name);
    state_dict_pickle_detail::write_tensor(pickle, tensor, storage_bytes[tensor.storage]);
  }
  pickle.put(Opcode::setitems);
  return pickle.finish();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_ZIP_STATE_DICT_PICKLE_H_
