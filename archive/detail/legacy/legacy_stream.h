#ifndef TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_STREAM_H_
#define TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_STREAM_H_
// torch.save's format before torch 1.6: five pickles, then the storages one after the other.
//
// Source: torch/serialization.py of PyTorch 2.13 (_legacy_save, _legacy_load).

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/contents/other_readings.h>
#include <torchhub/archive/detail/contents/reader_input.h>
#include <torchhub/archive/detail/legacy/legacy_world.h>
#include <torchhub/archive/detail/pickle/data_world.h>
#include <torchhub/archive/detail/tensors/tensor_table.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>

#include <algorithm>
#include <array>
#include <string>

namespace torchhub::archive::detail {

inline void read_legacy_stream(CheckpointContents& contents, const ReaderInput& input);

namespace legacy_stream_detail {

using Kind = Value::Kind;

inline constexpr std::int64_t kProtocolVersion = 1001;

class LegacyStream {
 public:
  LegacyStream(CheckpointContents& contents, const ReaderInput& input)
      : contents_(contents), input_(input), left_(input.bytes) {}

  void read() {
    contents_.format = FileFormat::legacy_stream;
    const std::size_t pickles = std::min(left_.size(), input_.max_pickle_bytes());
    contents_.arena.allow(value_bytes_allowed(pickles / 8));
    const Value magic = next_data();
    if (magic.kind() != Kind::long_integer) throw_damaged("its magic number is none");
    const Value version = next_data();
    if (version.kind() != Kind::integer || version.integer() != kProtocolVersion)
      throw Error(errc::unsupported_format, "it is not of the protocol version 1001");
    // The writer's byte order, which does not tell that of the storages: those are little endian.
    if (next_data().kind() != Kind::dict) throw_damaged("its system information is no dict");

    LegacyWorld world(contents_.arena, input_.world());
    const Value root = next(world);
    world.finish();
    const Value keys = next_data();
    if (keys.kind() != Kind::list) throw_damaged("its storage keys are no list");
    locate_storages(world, keys.items());
    add_tensors(contents_, world, root, input_.prefix, first_storage_);
    contents_.root = root;
  }

 private:
  template <PickleWorld World>
  Value next(World& world) {
    const std::size_t most = std::min(left_.size(), input_.max_pickle_bytes());
    const Unpickled pickle = unpickle(left_.first(most), contents_.arena, world);
    left_ = left_.subspan(pickle.bytes);
    return pickle.root;
  }

  Value next_data() {
    DataWorld world;
    return next(world);
  }

  // Each storage is its number of elements and its elements, in the order of the keys.
  void locate_storages(const LegacyWorld& world, std::span<const Value> keys) {
    const auto& storages = world.storages();
    if (keys.size() != storages.size())
      throw_damaged("it lists " + std::to_string(keys.size()) + " storages where the pickle uses " +
                    std::to_string(storages.size()));
    first_storage_ = contents_.storages.size();
    contents_.storages.resize(first_storage_ + storages.size());
    std::vector<bool> is_there(storages.size());
    for (const Value key : keys) {
      const auto number =
          key.kind() == Kind::string ? world.number_of(key.string()) : std::optional<std::size_t>();
      if (!number) throw_damaged("it lists a storage that the pickle does not use");
      if (is_there[*number]) throw_damaged("it lists a storage twice");
      is_there[*number] = true;
      const StorageReference& storage = storages[*number];
      const std::size_t item = storage.dtype ? item_bytes(*storage.dtype) : 1;
      if (left_.size() < 8) throw_damaged("its storages are cut off");
      const std::uint64_t count = read_count(storage.bytes);
      if (count != storage.bytes / item)
        throw_damaged("the storage '" + std::string(storage.key) + "' has " +
                      std::to_string(count) + " elements where the pickle says " +
                      std::to_string(storage.bytes / item));
      left_ = left_.subspan(8);
      if (storage.bytes > left_.size())
        throw_damaged("its storages are cut off: '" + std::string(storage.key) + "' has " +
                      std::to_string(left_.size()) + " of " + std::to_string(storage.bytes) +
                      " bytes");
      StoredBytes& stored = contents_.storages[first_storage_ + *number];
      stored.bytes = left_.first(static_cast<std::size_t>(storage.bytes));
      stored.file = input_.file;
      stored.file_offset =
          input_.base + static_cast<std::uint64_t>(left_.data() - input_.bytes.data());
      stored.location = storage.location;
      left_ = left_.subspan(static_cast<std::size_t>(storage.bytes));
    }
  }

  // The number of elements that stands before a storage of `bytes`.
  std::uint64_t read_count(std::uint64_t bytes) const {
    std::array<std::byte, 8> read;
    const auto offset = static_cast<std::uint64_t>(left_.data() - input_.bytes.data());
    if (bytes > kFarApart && input_.read_at && input_.read_at(offset, read))
      return load_little_endian<std::uint64_t>(read, 0);
    return load_little_endian<std::uint64_t>(left_, 0);
  }

  CheckpointContents& contents_;
  const ReaderInput& input_;
  std::span<const std::byte> left_;
  std::size_t first_storage_ = 0;
};

}  // namespace legacy_stream_detail

inline void read_legacy_stream(CheckpointContents& contents, const ReaderInput& input) {
  // What follows the last storage is nobody's, as torch has it.
  refuse_other_archives(input);
  legacy_stream_detail::LegacyStream(contents, input).read();
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_STREAM_H_
