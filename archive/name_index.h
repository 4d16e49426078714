#ifndef TORCHHUB_ARCHIVE_NAME_INDEX_H_
#define TORCHHUB_ARCHIVE_NAME_INDEX_H_
// Numbers by name, for many names: one flat table, no allocation for each. The names are not copied.
//
//   archive::NameIndex index(names.size());
//   const auto [number, is_new] = index.insert(name, 7);

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace torchhub::archive {

class NameIndex {
 public:
  explicit NameIndex(std::size_t expected = 0) { resize(slots_for(expected)); }

  /// The number of `name`: `number` if it is new, else what it had; and whether it is new.
  std::pair<std::uint32_t, bool> insert(std::string_view name, std::uint32_t number) {
    if (size_ * 4 >= slots_.size() * 3) grow();
    Slot& slot = find_slot(name, hash(name));
    if (slot.number_plus_one != 0) return {slot.number_plus_one - 1, false};
    slot = {name.data(), static_cast<std::uint32_t>(name.size()), number + 1};
    ++size_;
    return {number, true};
  }

  std::optional<std::uint32_t> find(std::string_view name) const {
    const Slot& slot = const_cast<NameIndex*>(this)->find_slot(name, hash(name));
    if (slot.number_plus_one == 0) return std::nullopt;
    return slot.number_plus_one - 1;
  }

 private:
  struct Slot {
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::uint32_t number_plus_one = 0;  // 0: free
  };

  static std::size_t slots_for(std::size_t names) {
    std::size_t slots = 16;
    while (slots * 3 <= names * 4) slots *= 2;
    return slots;
  }

  void resize(std::size_t slots) {
    slots_.assign(slots, Slot());
    mask_ = slots - 1;
  }

  void grow() {
    std::vector<Slot> old = std::move(slots_);
    resize(old.size() * 2);
    for (const Slot& slot : old) {
      if (slot.number_plus_one == 0) continue;
      const std::string_view name(slot.text, slot.size);
      find_slot(name, hash(name)) = slot;
    }
  }

  Slot& find_slot(std::string_view name, std::uint64_t hashed) {
    for (std::size_t at = hashed & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.number_plus_one == 0) return slot;
      if (slot.size == name.size() &&
          (name.empty() || std::memcmp(slot.text, name.data(), name.size()) == 0))
        return slot;
    }
  }

  // Names come from files: a seed of the process's own keeps anybody from choosing collisions.
  static std::uint64_t seed() {
    static const std::uint64_t value = std::uint64_t{std::random_device()()} << 32 | 0x9E3779B9u;
    return value;
  }

  static std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t hash(std::string_view name) const {
    const char* at = name.data();
    std::size_t left = name.size();
    std::uint64_t state = seed_ ^ left;
    for (; left >= 8; at += 8, left -= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      state = mix(state ^ word, 0xA0761D6478BD642Full);
    }
    if (left > 0) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, left);
      state = mix(state ^ word, 0xE7037ED1A0B428DBull);
    }
    return mix(state, 0x8EBC6AF09C88C6E3ull);
  }

  std::uint64_t seed_ = seed();
  std::size_t size_ = 0;
  std::size_t mask_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace torchhub::archive

#endif  // TORCHHUB_ARCHIVE_NAME_INDEX_H_
