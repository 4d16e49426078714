#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_KEYS_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_KEYS_H_
// Whether Python could hash a value, and so use it as a key of a dict or an item of a set.

#include <torchhub/archive/detail/pickle/pickle_operands.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <cstddef>
#include <unordered_set>

namespace torchhub::archive::detail {

class PickleKeys {
 public:
  explicit PickleKeys(const PickleOperands& operands) : operands_(operands) {}

  /// Throws errc::damaged_pickle for a key that cannot be hashed, limit_exceeded for a group that is too
  /// deep. Python hashes a group's items again and again, without an end for some: here each group is
  /// looked through once.
  void check(Value key, std::size_t depth = 0) {
    switch (key.kind()) {
      case Value::Kind::list:
      case Value::Kind::dict:
      case Value::Kind::array:
        operands_.fail("uses a key that cannot be hashed");
      case Value::Kind::set:
        if (!key.pointer<Sequence>()->is_frozen())
          operands_.fail("uses a key that cannot be hashed");
        [[fallthrough]];
      case Value::Kind::tuple:
        if (key.items().empty() || !checked_.insert(key.items().data()).second) return;
        if (depth == kMaxDepth)
          operands_.fail(errc::limit_exceeded, "uses a group as a key that is too deep");
        for (const Value item : key.items()) check(item, depth + 1);
        return;
      default:
        return;
    }
  }

 private:
  static constexpr std::size_t kMaxDepth = 32;

  const PickleOperands& operands_;
  std::unordered_set<const Value*> checked_;  // the items of groups that can be hashed
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_KEYS_H_
