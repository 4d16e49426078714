#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_WORLD_H_
// What the globals, calls and persistent ids of a torch.save pickle mean, as plain data.
//
// Source: torch/_utils.py (_rebuild_*), torch/_tensor.py (__setstate__), torch/serialization.py
// (persistent_load) and torch/_weights_only_unpickler.py, all of PyTorch 2.13.

#include <torchhub/archive/detail/name_index.h>
#include <torchhub/archive/detail/pickle.h>
#include <torchhub/archive/detail/torch_globals.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace torchhub::archive::detail {

/// A storage that the pickle refers to.
struct StorageReference {
  std::string_view key;        ///< names the record that holds its bytes
  std::string_view location;   ///< "cpu", "cuda:0", "meta", ...
  std::optional<DType> dtype;  ///< nothing for an untyped storage
  bool is_in_pickle = false;   ///< the pickle itself holds the bytes: bytes_in_pickle()
  std::uint64_t bytes = 0;
};

/// A global that the pickle named.
struct GlobalUse {
  /// "module.name", or what is refused though its name is not: "a change of collections.Counter itself".
  std::string name;
  std::uint64_t offset = 0;  ///< of the opcode, in bytes from the pickle's start
  bool is_allowed = false;
  std::string flaw = {};  ///< why nobody can tell what a use of an allowed name does; "" for most
};

/// One value that cannot be read, which need not cost those beside it.
class ValueFlaw final : public Error {
 public:
  using Error::Error;
};

struct WorldOptions {
  bool is_script = false;                  ///< TorchScript's classes become objects
  bool is_lenient = false;                 ///< so does every other global that is not on the list
  std::vector<GlobalUse>* uses = nullptr;  ///< where to write down every global; null for nowhere
};

class TorchWorld : public PickleWorld {
 public:
  TorchWorld(Arena& arena, const WorldOptions& options) : arena_(arena), options_(options) {}

  Value global(std::string_view module, std::string_view name, std::uint64_t offset) override;
  Value call(Value callable, std::span<const Value> arguments, Calling calling,
             std::uint64_t offset) override;
  Value call_with_keywords(Value callable, std::span<const Value> arguments, Value keywords,
                           std::uint64_t offset) override;
  Value persistent(Value id, std::uint64_t offset) override;
  void build(Value object, Value state, std::uint64_t offset) override;
  bool takes_items(Value object) const override;

  bool is_lenient() const { return options_.is_lenient; }

  /// Makes room for what a checkpoint with so many storages has.
  void expect(std::size_t storages);

  /// Throws where something was begun and never given its state; a lenient world finds a flaw in it.
  void finish();

  /// What is wrong with the tensor of that index; "" for most.
  std::string_view flaw_of(std::size_t tensor) const;

  const std::vector<StorageReference>& storages() const { return storages_; }
  std::span<const std::byte> bytes_in_pickle(std::size_t storage) const {
    return in_pickle_.at(storage);
  }
  /// The number of the storage with this key.
  std::optional<std::size_t> number_of(std::string_view key) const;
  /// What a Value of kind tensor holds the index of; names and places in the file are not known here.
  std::vector<TensorInfo>& tensors() { return tensors_; }

 protected:
  using Arguments = std::span<const Value>;

  /// An object in place of what could not be read.
  Value flawed(std::string_view class_name, Arguments arguments, std::string_view sentence);

  /// Part of a storage that tensors see as a whole.
  struct StorageView {
    std::size_t storage = 0;
    std::uint64_t first_byte = 0;
    std::uint64_t bytes = 0;
  };

  /// The number of the storage with this key; it is described in one way only.
  std::size_t storage_number(const StorageReference& storage, std::uint64_t offset);
  Value add_view(const StorageView& view);
  Value add_tensor(const TensorInfo& tensor);
  /// A tensor over a view, of the view's dtype or, over an untyped storage, of `dtype`.
  Value rebuild_tensor(Arguments arguments, std::optional<DType> dtype, std::uint64_t offset);

 private:
  Value make(Value callable, Arguments arguments, Calling calling, std::uint64_t offset);
  Value make_as_new(Value callable, Arguments arguments, std::uint64_t offset);
  Value make_leniently(GlobalId id, Value callable, Arguments arguments, std::uint64_t offset);
  Value plain_data(GlobalId id, Arguments arguments, std::uint64_t offset);
  Value rebuild_tensor_v2(Arguments arguments, std::optional<DType> dtype, std::uint64_t offset);
  Value rebuild_tensor_v3(Arguments arguments, std::uint64_t offset);
  Value rebuild_parameter(Arguments arguments, std::uint64_t offset);
  Value parameter(Arguments arguments, std::uint64_t offset);
  Value rebuild_from_type(Arguments arguments, std::uint64_t offset);
  Value rebuild_sparse_tensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_script_sparse_tensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_qtensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_meta_tensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_from_numpy(Arguments arguments, std::uint64_t offset);
  Value rebuild_device_tensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_nested_tensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_jagged_tensor(Arguments arguments, std::uint64_t offset);
  Value rebuild_wrapper(std::string_view type, Arguments arguments, Value state,
                        std::uint64_t offset);
  Value mapping(Arguments arguments, bool takes_pairs, std::uint64_t offset);
  Value encoded(Arguments arguments, std::uint64_t offset);
  Value byte_array(Arguments arguments, std::uint64_t offset);
  Value set_of(Arguments arguments, std::uint64_t offset);
  Value device(Arguments arguments, std::uint64_t offset);
  Value deque(Arguments arguments, std::uint64_t offset);
  Value object(std::string_view class_name, Arguments arguments);
  Value object_of(std::string_view class_name, Arguments arguments, Value keywords);
  void refuse_use(std::string use, std::uint64_t offset);
  void doubt(std::string_view name, std::uint64_t offset, std::string sentence);
  Arguments kept(Arguments arguments);
  Value named(std::string_view text);
  Value text(std::string_view text);
  std::optional<Shape> shape_of(Value value);
  std::optional<StorageType> storage_type_of(Value type);
  const TensorInfo* tensor_of(Value value, std::uint64_t offset) const;
  std::span<const TensorInfo> parts(std::initializer_list<const TensorInfo*> tensors);
  void build_tensor(std::size_t index, Value state, std::uint64_t offset);
  void build_parameter(std::size_t index, Value state, std::uint64_t offset);
  void check_hooks(Value hooks, std::uint64_t offset) const;
  void check_state(Value state, std::uint64_t offset) const;

  Arena& arena_;
  WorldOptions options_;
  const GlobalName* last_type_name_ = nullptr;
  std::optional<StorageType> last_type_;
  std::vector<StorageReference> storages_;
  std::vector<StorageView> views_;
  NameIndex storage_of_key_;
  bool keys_are_dense_ =
      true;  // they are "0", "1", ... so far, as torch.save has them: no index needed
  std::map<std::size_t, std::span<const std::byte>> in_pickle_;
  std::vector<TensorInfo> tensors_;
  std::unordered_set<std::size_t> unbuilt_tensors_;
  std::map<std::size_t, DType> tensor_types_;      // of those that have one before they are built
  std::map<std::size_t, std::string_view> flaws_;  // of tensors
  std::unordered_set<const ArrayInfo*> unbuilt_arrays_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_WORLD_H_
