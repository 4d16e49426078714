#ifndef TORCHHUB_ARCHIVE_DETAIL_LEGACY_TAR_WORLD_H_
#define TORCHHUB_ARCHIVE_DETAIL_LEGACY_TAR_WORLD_H_
// What the pickles of torch.save before torch 0.1.10 mean.

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/pickle/pickle.h>
#include <torchhub/archive/detail/torch/torch_world.h>
#include <torchhub/archive/value.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

namespace torchhub::archive::detail {

/// TorchWorld with the persistent ids of torch before 0.1.10, which are keys of the archive's tables.
class TarWorld final : public TorchWorld {
 public:
  using TorchWorld::TorchWorld;

  // A key of the tables, as a number or, by protocol 0, its digits.
  Value persistent(Value id, std::uint64_t offset) {
    if (const auto key = key_of(id)) {
      if (const auto known = objects.find(*key); known != objects.end()) return known->second;
    }
    throw_damaged(offset, "the pickle asks for an object that is not there");
  }

  std::map<std::int64_t, Value> objects;

 private:
  static std::optional<std::int64_t> key_of(Value id) {
    if (id.kind() == Value::Kind::integer) return id.integer();
    if (id.kind() != Value::Kind::string) return std::nullopt;
    const std::string_view text = id.string();
    std::int64_t key = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return key;
  }
};
static_assert(PickleWorld<TarWorld>);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_LEGACY_TAR_WORLD_H_
