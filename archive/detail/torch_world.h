#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_WORLD_H_
// What the globals, calls and persistent ids of a torch.save pickle mean, as plain data.
//
// Source: torch/_utils.py (_rebuild_*), torch/serialization.py (persistent_load) and the allow-list
// of torch/_weights_only_unpickler.py, all of PyTorch 2.13.

#include <torchhub/archive/detail/pickle.h>
#include <torchhub/archive/tensor_info.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torchhub::archive::detail {

/// A storage that the pickle refers to.
struct StorageReference {
  std::string key;             ///< names the record that holds its bytes
  std::optional<DType> dtype;  ///< nothing for an untyped storage, whose size is in bytes
  std::uint64_t bytes = 0;
};

/// A tensor that the pickle builds; the values of TensorInfo that do not depend on the file.
struct TensorReference {
  std::size_t storage = 0;
  DType dtype = DType::float32;
  Shape shape;
  Shape stride;
  std::uint64_t storage_offset = 0;
  bool requires_grad = false;
  bool is_parameter = false;
};

class TorchWorld final : public PickleWorld {
 public:
  explicit TorchWorld(NodeArena& arena) : arena_(arena) {}

  Parsed<Node*> global(std::string_view module, std::string_view name,
                       std::uint64_t offset) override;
  Parsed<Node*> call(const Node& callable, std::span<const Value> arguments,
                     std::uint64_t offset) override;
  Parsed<Node*> persistent(const Node& id, std::uint64_t offset) override;
  Parsed<void> build(Node& object, const Node& state, std::uint64_t offset) override;

  const std::vector<StorageReference>& storages() const { return storages_; }
  /// A Node of kind tensor holds an index into these.
  const std::vector<TensorReference>& tensors() const { return tensors_; }

 private:
  using Arguments = std::span<const Value>;

  Parsed<Node*> ordered_dict(Arguments arguments, std::uint64_t offset);
  Parsed<Node*> rebuild_tensor(Arguments arguments, std::optional<DType> dtype,
                               std::uint64_t offset);
  Parsed<Node*> rebuild_tensor_v2(Arguments arguments, std::optional<DType> dtype,
                                  std::uint64_t offset);
  Parsed<Node*> rebuild_parameter(Arguments arguments, std::uint64_t offset);

  Node* make(Value::Kind kind);

  NodeArena& arena_;
  std::vector<StorageReference> storages_;
  std::map<std::string, std::size_t> storage_of_key_;
  std::vector<TensorReference> tensors_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_WORLD_H_
