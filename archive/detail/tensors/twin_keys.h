#ifndef TORCHHUB_ARCHIVE_DETAIL_TENSORS_TWIN_KEYS_H_
#define TORCHHUB_ARCHIVE_DETAIL_TENSORS_TWIN_KEYS_H_
// Keys of a dict that are one to Python.

#include <torchhub/archive/detail/tensors/key_text.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/name_index.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace torchhub::archive::detail {

/// Refuses a dict with two keys that are one to Python, which would keep the
/// last of them; nobody writes such a file.
class TwinKeys {
 public:
  /// Throws: errc::damaged_pickle.
  void check(std::span<const std::pair<Value, Value>> entries) {
    if (entries.size() <= kFewKeys) return check_few(entries);
    NameIndex texts(entries.size());
    std::vector<std::pair<std::uint64_t, Value>> others;
    for (const auto& [key, item] : entries) {
      if (key.kind() == Value::Kind::string) {
        if (!texts.insert(key.string(), 0).second) refuse(key);
      } else if (const auto hash = hashes_.of(key)) {
        others.emplace_back(*hash, key);
      }
    }
    std::sort(others.begin(), others.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto twin =
        std::adjacent_find(others.begin(), others.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twin != others.end()) refuse(twin->second);
  }

 private:
  static constexpr std::size_t kFewKeys = 16;

  void check_few(std::span<const std::pair<Value, Value>> entries) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (is_same(entries[i].first, entries[k].first)) refuse(entries[i].first);
      }
    }
  }

  bool is_same(Value a, Value b) {
    if (a.kind() == Value::Kind::string || b.kind() == Value::Kind::string)
      return a.kind() == b.kind() && a.string() == b.string();
    if (a.kind() == Value::Kind::integer && b.kind() == Value::Kind::integer)
      return a.integer() == b.integer();
    const auto hash = hashes_.of(a);
    return hash && hash == hashes_.of(b);
  }

  [[noreturn]] static void refuse(Value key) {
    throw Error(errc::damaged_pickle, "a dict has the key '" + key_text(key, 0) + "' twice");
  }

  KeyHashes hashes_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_TENSORS_TWIN_KEYS_H_
