#ifndef TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_WORLD_H_
// What the pickle of torch.save before torch 1.6 means.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/torch/tensor_geometry.h>
#include <torchhub/archive/detail/torch/torch_values.h>
#include <torchhub/archive/detail/torch/torch_world.h>
#include <torchhub/archive/dtype.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace torchhub::archive::detail {

/// TorchWorld with the persistent ids of torch before 1.6.
class LegacyWorld final : public TorchWorld {
 public:
  using TorchWorld::TorchWorld;

  // ('storage', type, key, location, numel, None or (view_key, offset, view_numel)), or
  // ('module', class, file, source).
  Value persistent(Value id, std::uint64_t offset) {
    const Arguments parts = tuple_items(id);
    const bool is_module = parts.size() == 4 && parts[0].kind() == Value::Kind::string &&
                           parts[0].string() == "module" && parts[1].kind() == Value::Kind::named;
    if (is_module && is_lenient()) return parts[1];
    if (is_module)
      throw_at(errc::unsupported_format, offset, "the file holds a whole module, with its source");
    if (parts.size() != 6 && id.kind() != Value::Kind::string && is_lenient())
      return TorchWorld::persistent(Value(), offset);
    if (parts.size() != 6 && id.kind() != Value::Kind::string)
      throw_damaged(offset, "a persistent id is not that of a storage");
    if (parts.size() != 6) return TorchWorld::persistent(id, offset);
    const Value whole(Value::Kind::tuple, parts.data(), 5);
    const Value all = TorchWorld::persistent(whole, offset);
    if (parts[5].kind() == Value::Kind::none || all.kind() != Value::Kind::storage) return all;

    const auto view =
        parts[5].kind() == Value::Kind::tuple ? parts[5].items() : std::span<const Value>();
    const bool well_formed = view.size() == 3 && view[1].kind() == Value::Kind::integer &&
                             view[2].kind() == Value::Kind::integer && view[1].integer() >= 0 &&
                             view[2].integer() >= 0;
    if (!well_formed) throw_damaged(offset, "a view of a storage is none");
    const std::size_t number = *number_of(parts[2].string());
    const StorageReference& storage = storages()[number];
    const std::size_t item = storage.dtype ? item_bytes(*storage.dtype) : 1;
    const auto first = product(static_cast<std::uint64_t>(view[1].integer()), item);
    const auto bytes = product(static_cast<std::uint64_t>(view[2].integer()), item);
    if (!first || !bytes || *first > storage.bytes || *bytes > storage.bytes - *first)
      throw_damaged(offset, "a view reaches beyond its storage");
    return storage_table().add_view({number, *first, *bytes});
  }
};
static_assert(PickleWorld<LegacyWorld>);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_LEGACY_LEGACY_WORLD_H_
