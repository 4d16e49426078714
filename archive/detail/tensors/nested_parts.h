#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_NESTED_PARTS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_NESTED_PARTS_H_
// The tensors that a nested one is made of.

#include <torchhub/archive/detail/contents/checkpoint_contents.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/detail/torch/torch_world.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/tensor_info.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

namespace torchhub::archive::detail {

namespace nested_parts_detail {

// The elements of an int64 tensor whose elements lie in one piece; nothing for
// another. `first_storage` is the place of the world's storages among the
// checkpoint's.
inline std::optional<std::span<const std::int64_t>> numbers_of(CheckpointContents& contents,
                                                               std::size_t first_storage,
                                                               const TensorInfo& tensor) {
  const std::uint64_t count = tensor.numel();
  if (count == 0) return std::span<const std::int64_t>();
  if (tensor.dtype != DType::int64 || !tensor.is_contiguous() || tensor.is_meta ||
      tensor.storage == TensorInfo::kNoStorage || contents.is_big_endian)
    return std::nullopt;
  const std::span<const std::byte> bytes = contents.storages[first_storage + tensor.storage].bytes;
  if (bytes.size() / 8 < tensor.storage_offset + count) return std::nullopt;
  auto* const numbers = contents.arena.allocate<std::int64_t>(static_cast<std::size_t>(count));
  std::memcpy(numbers, bytes.data() + tensor.storage_offset * 8,
              static_cast<std::size_t>(count) * 8);
  return std::span<const std::int64_t>(numbers, static_cast<std::size_t>(count));
}

inline TensorInfo tensor_at(TorchWorld& world, Value value) {
  if (value.kind() != Value::Kind::tensor || !world.flaw_of(value.index()).empty())
    throw ValueFlaw(errc::damaged_checkpoint, "a nested tensor is made from no tensors");
  return world.tensors()[value.index()];
}

[[noreturn]] inline void refuse(const char* what) {
  throw ValueFlaw(errc::damaged_checkpoint, std::string("a nested tensor ") + what);
}

// What a nested tensor is made of: of `count` tensors, `rank` numbers each.
struct NestedNumbers {
  TensorInfo buffer;
  std::span<const std::int64_t> sizes;
  std::span<const std::int64_t> strides;
  std::span<const std::int64_t> offsets;
  std::size_t rank = 0;
};

// (buffer, sizes, strides, offsets), of which the last three are numbers that
// lie in storages.
inline NestedNumbers read_numbers(CheckpointContents& contents, TorchWorld& world,
                                  std::size_t first_storage, std::span<const Value> parts) {
  const TensorInfo buffer = tensor_at(world, parts[0]);
  const auto sizes = numbers_of(contents, first_storage, tensor_at(world, parts[1]));
  const auto strides = numbers_of(contents, first_storage, tensor_at(world, parts[2]));
  const auto offsets = numbers_of(contents, first_storage, tensor_at(world, parts[3]));
  if (!sizes || !strides || !offsets) refuse("has sizes, strides or offsets that cannot be read");
  const Shape table = tensor_at(world, parts[1]).shape;
  const std::size_t count = offsets->size();
  const std::size_t rank = count == 0 ? 0 : sizes->size() / count;
  if (buffer.layout != Layout::strided || buffer.quantization || buffer.storage_offset != 0 ||
      rank > kMaxRank || sizes->size() != count * rank || strides->size() != sizes->size() ||
      (count > 0 && (table.size() != 2 || table[0] != static_cast<std::int64_t>(count))))
    refuse("has sizes, strides and offsets that do not fit");
  return {buffer, *sizes, *strides, *offsets, rank};
}

inline TensorInfo part_at(const NestedNumbers& nested, std::size_t i) {
  TensorInfo one = nested.buffer;
  one.shape = Shape(nested.sizes.data() + i * nested.rank, nested.rank);
  one.stride = Shape(nested.strides.data() + i * nested.rank, nested.rank);
  one.storage_offset = static_cast<std::uint64_t>(nested.offsets[i]);
  const auto is_negative = [](std::int64_t number) { return number < 0; };
  if (std::any_of(one.shape.begin(), one.shape.end(), is_negative) ||
      std::any_of(one.stride.begin(), one.stride.end(), is_negative) || nested.offsets[i] < 0 ||
      !fits(one.shape, one.stride, one.storage_offset,
            static_cast<std::uint64_t>(nested.buffer.shape.empty() ? 1 : nested.buffer.shape[0])))
    refuse("reaches beyond its storage");
  return one;
}

}  // namespace nested_parts_detail

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_NESTED_PARTS_H_
