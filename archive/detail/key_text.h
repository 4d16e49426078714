#ifndef TORCHHUB_ARCHIVE_DETAIL_KEY_TEXT_H_
#define TORCHHUB_ARCHIVE_DETAIL_KEY_TEXT_H_
// A dict's keys as texts: what tensors are named by. Pure.

#include <torchhub/archive/value.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace torchhub::archive::detail {

/// As Python's str() of the key, but without the quotes of what stands in a tuple; of a tensor and of
/// what else has no text, its place among the keys. Cut where it is very long.
std::string key_text(Value key, std::size_t place);

/// The number that a key is, if that is a whole one of 64 bits: True, 1 and 1.0 are one key.
std::optional<std::int64_t> whole_number(Value key);

/// Numbers that two keys have in common where Python would take them for one; for others to be equal would
/// be chance.
class KeyHashes {
 public:
  /// Nothing for a key that is equal to no other, such as a NaN.
  std::optional<std::uint64_t> of(Value key);

 private:
  static std::uint64_t whole(std::int64_t number);
  std::optional<std::uint64_t> of_group(Value group);

  // Groups may stand in one another many times over.
  std::unordered_map<const Value*, std::optional<std::uint64_t>> groups_;
};

/// 0.1, 1.0, 1e+16, inf: as Python's repr().
std::string python_text(double value);

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_KEY_TEXT_H_
