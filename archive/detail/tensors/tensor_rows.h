#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_ROWS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_ROWS_H_
// The table of a checkpoint's tensors while it grows.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

/// Collects the tensors that a walk meets, by their names. As long as it meets
/// them in the order in which the pickle made them, each once, the world's
/// table becomes the checkpoint's without a copy.
class TensorRows {
 public:
  TensorRows(CheckpointContents& contents, std::vector<TensorInfo>& made, std::size_t first_storage)
      : contents_(contents),
        made_(made),
        first_storage_(first_storage),
        first_tensor_(contents.tensors.size()),
        is_in_order_(contents.tensors.empty()) {}

  /// The tensor that the world made as number `index`. Throws:
  /// errc::limit_exceeded where there are too many.
  void add(std::size_t index, std::string_view name) {
    if (is_in_order_ && index == count_) {
      count_one();
      made_[index].name = name;
      return;
    }
    add_copy(made_[index], name);
  }

  void add_copy(const TensorInfo& tensor, std::string_view name) {
    count_one();
    if (is_in_order_) {
      is_in_order_ = false;
      copy_made(count_ - 1);
    }
    contents_.tensors.emplace_back(tensor).name = name;
  }

  /// So many parts of nested tensors will be added besides. Throws:
  /// errc::limit_exceeded.
  void expect_nested(std::size_t count) {
    nested_ += count;
    if (nested_ > kMaxNested) throw Error(errc::limit_exceeded, "it holds too many tensors");
  }

  /// Tensors that were added.
  std::size_t count() const { return count_; }

  /// Forgets what was added.
  void clear() {
    contents_.tensors.resize(first_tensor_);
    is_in_order_ = false;
    count_ = nested_ = 0;
  }

  /// Ends the table: what needs to know where the storages lie, and, where
  /// names `may_collide`, one name for one tensor.
  void finish(bool may_collide) {
    if (is_in_order_ && count_ == made_.size()) {
      contents_.tensors = std::move(made_);
    } else if (is_in_order_) {
      copy_made(count_);
    }
    if (may_collide) tell_apart();
    for (std::size_t i = first_tensor_; i < contents_.tensors.size(); ++i)
      complete(contents_.tensors[i]);
  }

 private:
  // So many names may tensors have, and eight more for each tensor that there is.
  static constexpr std::size_t kMaxNames = 100'000;
  static constexpr std::size_t kMaxNested = 5'000'000;

  void count_one() {
    if (++count_ > kMaxNames + 8 * made_.size() + nested_)
      throw Error(errc::limit_exceeded, "it holds one tensor in too many places");
  }

  void copy_made(std::size_t count) {
    contents_.tensors.insert(contents_.tensors.end(), made_.begin(),
                             made_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  // Gives the later of two tensors of one name another.
  void tell_apart() {
    auto& tensors = contents_.tensors;
    std::unordered_map<std::string_view, std::size_t> used;
    std::vector<std::size_t> twins;
    for (std::size_t i = first_tensor_; i < tensors.size(); ++i)
      if (!used.emplace(tensors[i].name, 1).second) twins.push_back(i);
    for (const std::size_t i : twins) {
      std::size_t& count = used[tensors[i].name];
      std::string name;
      do {
        name = std::string(tensors[i].name) + " (" + std::to_string(++count) + ')';
      } while (used.contains(name));
      tensors[i].name = contents_.arena.copy(name);
      used.emplace(tensors[i].name, 1);
    }
  }

  void complete(TensorInfo& tensor) {
    place(tensor);
    if (tensor.parts.empty()) return;
    auto* const parts = contents_.arena.allocate<TensorInfo>(tensor.parts.size());
    for (std::size_t i = 0; i < tensor.parts.size(); ++i) {
      new (&parts[i]) TensorInfo(tensor.parts[i]);
      place(parts[i]);
    }
    tensor.parts = {parts, tensor.parts.size()};
  }

  void place(TensorInfo& tensor) const {
    if (tensor.storage == TensorInfo::kNoStorage) return;
    tensor.storage += first_storage_;
    const StoredBytes& storage = contents_.storages[tensor.storage];
    tensor.file = storage.file;
    tensor.file_offset = storage.file_offset + tensor.storage_offset * item_bytes(tensor.dtype);
  }

  CheckpointContents& contents_;
  std::vector<TensorInfo>& made_;
  const std::size_t first_storage_;
  const std::size_t first_tensor_;
  bool is_in_order_;
  std::size_t count_ = 0;
  std::size_t nested_ = 0;  // of those, parts of nested tensors
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_TENSOR_ROWS_H_
