#ifndef TORCHHUB_ARCHIVE_DETAIL_TORCH_STORAGE_TABLE_H_
#define TORCHHUB_ARCHIVE_DETAIL_TORCH_STORAGE_TABLE_H_
// The storages that a pickle refers to, by their keys.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/torch/torch_globals.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/name_index.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace torchhub::archive::detail {

/// A storage that the pickle refers to.
struct StorageReference {
  std::string_view key;        ///< names the record that holds its bytes
  std::string_view location;   ///< "cpu", "cuda:0", "meta", ...
  std::optional<DType> dtype;  ///< nothing for an untyped storage
  bool is_in_pickle =
      false;  ///< the pickle itself holds the bytes: StorageTable::bytes_in_pickle()
  std::uint64_t bytes = 0;
};

/// Part of a storage that tensors see as a whole.
struct StorageView {
  std::size_t storage = 0;
  std::uint64_t first_byte = 0;
  std::uint64_t bytes = 0;
};

namespace storage_table_detail {

// A number as std::to_string writes it.
inline std::optional<std::size_t> as_plain_number(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::size_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

}  // namespace storage_table_detail

class StorageTable {
 public:
  void expect(std::size_t storages) {
    storages_.reserve(storages);
    views_.reserve(storages);
  }

  const std::vector<StorageReference>& storages() const { return storages_; }

  /// The number of the storage with this key.
  std::optional<std::size_t> number_of(std::string_view key) const {
    if (keys_are_dense_) {
      const auto number = storage_table_detail::as_plain_number(key);
      return number && *number < storages_.size() ? number : std::nullopt;
    }
    const auto number = number_of_key_.find(key);
    return number ? std::optional<std::size_t>(*number) : std::nullopt;
  }

  /// The number of this storage, which is new or was described in the same way before.
  /// Throws: errc::damaged_checkpoint where it was described in another.
  std::size_t number(const StorageReference& storage, std::uint64_t offset) {
    const std::optional<std::size_t> known = number_of(storage.key);
    if (known) {
      const StorageReference& before = storages_[*known];
      if (before.dtype != storage.dtype || before.bytes != storage.bytes ||
          before.location != storage.location)
        throw_damaged(offset,
                      "the storage '" + std::string(storage.key) + "' is described in two ways");
      return *known;
    }
    const std::size_t number = storages_.size();
    if (keys_are_dense_ && storage_table_detail::as_plain_number(storage.key) != number) {
      keys_are_dense_ = false;
      for (std::size_t i = 0; i < number; ++i)
        number_of_key_.insert(storages_[i].key, static_cast<std::uint32_t>(i));
    }
    if (!keys_are_dense_) number_of_key_.insert(storage.key, static_cast<std::uint32_t>(number));
    storages_.push_back(storage);
    return number;
  }

  /// The same for one whose bytes the pickle holds.
  std::size_t number_in_pickle(const StorageReference& storage, std::span<const std::byte> bytes,
                               std::uint64_t offset) {
    const std::size_t added = number(storage, offset);
    in_pickle_[added] = bytes;
    return added;
  }
  std::span<const std::byte> bytes_in_pickle(std::size_t storage) const {
    return in_pickle_.at(storage);
  }

  /// The value that tensors are made over.
  Value add_view(const StorageView& view) {
    views_.push_back(view);
    return {Value::Kind::storage, views_.size() - 1};
  }
  const StorageView& view(Value storage) const { return views_[storage.index()]; }

  /// What a named value says of storages. One type is named again and again.
  std::optional<StorageType> type_of(Value type) {
    if (last_type_name_ != type.pointer<const GlobalName>()) {
      last_type_name_ = type.pointer<const GlobalName>();
      last_type_ = storage_type(type.string());
    }
    return last_type_;
  }

 private:
  std::vector<StorageReference> storages_;
  std::vector<StorageView> views_;
  NameIndex number_of_key_;
  // The keys are "0", "1", ... so far, as torch.save has them: no index is needed.
  bool keys_are_dense_ = true;
  std::map<std::size_t, std::span<const std::byte>> in_pickle_;
  const GlobalName* last_type_name_ = nullptr;
  std::optional<StorageType> last_type_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TORCH_STORAGE_TABLE_H_
