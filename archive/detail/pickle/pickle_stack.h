#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_STACK_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_STACK_H_
// The stack that a pickle's opcodes push values to and take them from, with its open groups.

#include <torchhub/archive/detail/pickle/pickle_operands.h>
#include <torchhub/archive/error.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace torchhub::archive::detail {

/// Every function that takes throws errc::damaged_pickle where less is there.
class PickleStack {
 public:
  /// `operands` are the pickle's, which say where something is wrong. `most`: of values.
  PickleStack(const PickleOperands& operands, std::size_t most)
      : operands_(operands), most_(most) {}

  [[gnu::always_inline]] void push(Value value) {
    if (depth_ == values_.size()) grow();
    values_[depth_++] = value;
  }

  Value pop() {
    const Value value = top();
    --depth_;
    return value;
  }

  [[gnu::always_inline]] Value top() {
    check_available(1);
    return values_[depth_ - 1];
  }

  /// The first of the `count` values on top, which the caller knows to be there.
  Value* last(std::size_t count) { return values_.data() + (depth_ - count); }
  void drop(std::size_t count) { depth_ -= count; }

  /// What lies below the last open MARK is out of reach until that is closed.
  void check_available(std::size_t count) {
    const std::size_t bottom = marks_.empty() ? 0 : marks_.back();
    if (depth_ < bottom + count) operands_.fail("takes more from its stack than is there");
  }

  /// MARK: begins a group.
  void open_group() {
    if (marks_.size() == kMaxMarks) operands_.fail(errc::limit_exceeded, "is nested too deeply");
    marks_.push_back(depth_);
  }

  /// Ends the group that was begun last; how many values are in it.
  std::size_t close_group() {
    if (marks_.empty() || marks_.back() > depth_) operands_.fail("ends a group that was not begun");
    const std::size_t count = depth_ - marks_.back();
    marks_.pop_back();
    return count;
  }

  /// POP, as Python has it: of an open group that is empty, it takes the mark.
  void pop_value_or_mark() {
    if (!marks_.empty() && marks_.back() == depth_) return marks_.pop_back();
    pop();
  }

  /// What STOP leaves: one value and no open group.
  Value take_result() {
    if (depth_ != 1 || !marks_.empty())
      operands_.fail("ends with something left over on its stack");
    return values_[0];
  }

 private:
  static constexpr std::size_t kMaxMarks = 1000;
  static constexpr std::size_t kFirst = 4096;

  void grow() {
    if (depth_ == most_) operands_.fail(errc::limit_exceeded, "holds too many values");
    values_.resize(std::min(std::max(depth_ * 2, kFirst), most_));
  }

  const PickleOperands& operands_;
  const std::size_t most_;
  std::vector<Value> values_;  // grown ahead; its first depth_ are in use
  std::size_t depth_ = 0;
  std::vector<std::size_t> marks_;
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_STACK_H_
