#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_MEMO_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_MEMO_H_
// A pickle's memos. torch.save's pickles put all that they build there, and get a handful: what nobody will
// ask for is not kept.

#include <torchhub/archive/detail/bytes/arena.h>
#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/pickle/pickle_opcode.h>
#include <torchhub/archive/detail/pickle/pickle_operands.h>
#include <torchhub/archive/value.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <system_error>
#include <vector>

namespace torchhub::archive::detail {

/// By a memo's number, below `most`, whether an opcode gets it; shorter than there are memos. Reads
/// along the opcodes of the pickle at the beginning of `bytes`, and stops at damage as the machine will.
inline std::vector<bool> wanted_memos(std::span<const std::byte> bytes, std::size_t most);

namespace pickle_memo_detail {

// Reads along opcodes without doing anything.
class MemoReader {
 public:
  explicit MemoReader(std::span<const std::byte> bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  std::vector<bool> wanted(std::size_t most) {
    std::vector<bool> wanted;
    const auto want = [&](std::uint64_t index) {
      if (index >= most) return;
      if (index >= wanted.size()) wanted.resize(static_cast<std::size_t>(index) + 1);
      wanted[static_cast<std::size_t>(index)] = true;
    };
    while (at_ != end_) {
      switch (static_cast<Opcode>(*at_++)) {
        case Opcode::stop:
          return wanted;
        case Opcode::binget:
          want(number(1));
          break;
        case Opcode::long_binget:
          want(number(4));
          break;
        case Opcode::get: {
          std::uint32_t index = 0;
          const auto* const first = reinterpret_cast<const char*>(at_);
          const auto* const last = reinterpret_cast<const char*>(end_);
          if (std::from_chars(first, last, index).ec == std::errc()) want(index);
          skip_line();
          break;
        }
        case Opcode::binint1:
        case Opcode::binput:
        case Opcode::proto:
          skip(1);
          break;
        case Opcode::binint2:
          skip(2);
          break;
        case Opcode::binint:
        case Opcode::long_binput:
          skip(4);
          break;
        case Opcode::binfloat:
        case Opcode::frame:
          skip(8);
          break;
        case Opcode::long1:
        case Opcode::short_binunicode:
        case Opcode::short_binstring:
        case Opcode::short_binbytes:
          skip(number(1));
          break;
        case Opcode::long4:
        case Opcode::binunicode:
        case Opcode::binstring:
        case Opcode::binbytes:
          skip(number(4));
          break;
        case Opcode::binunicode8:
        case Opcode::binbytes8:
        case Opcode::bytearray8:
          skip(number(8));
          break;
        case Opcode::global:
        case Opcode::inst:
          skip_line();
          skip_line();
          break;
        case Opcode::int_text:
        case Opcode::long_text:
        case Opcode::float_text:
        case Opcode::persid:
        case Opcode::string_text:
        case Opcode::unicode_text:
        case Opcode::put:
          skip_line();
          break;
        default:
          break;
      }
    }
    return wanted;
  }

 private:
  std::uint64_t number(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - at_)) {
      at_ = end_;
      return 0;
    }
    const std::uint64_t value = load_bytes(at_, size);
    at_ += size;
    return value;
  }

  void skip(std::uint64_t size) {
    at_ = size > static_cast<std::uint64_t>(end_ - at_) ? end_ : at_ + size;
  }

  void skip_line() {
    const void* const newline =
        at_ == end_ ? nullptr : std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
    at_ = newline ? static_cast<const std::uint8_t*>(newline) + 1 : end_;
  }

  const std::uint8_t* at_;
  const std::uint8_t* const end_;
};

}  // namespace pickle_memo_detail

inline std::vector<bool> wanted_memos(std::span<const std::byte> bytes, std::size_t most) {
  return pickle_memo_detail::MemoReader(bytes).wanted(most);
}

/// What a pickle has put aside for later, of that which it will ask for.
class PickleMemo {
 public:
  /// `operands` are those of `bytes`, the pickle, and say where something is wrong; what is kept lies in
  /// `arena`.
  PickleMemo(const PickleOperands& operands, std::span<const std::byte> bytes, std::size_t most,
             Arena& arena)
      : operands_(operands),
        most_(most),
        wanted_(wanted_memos(bytes, most)),
        values_(arena.allocate<Value>(wanted_.size())),
        is_kept_(wanted_.size()) {}

  /// PUT: where the value is to go; null for one that nobody will ask for.
  [[gnu::always_inline]] Value* place_of(std::uint64_t index) {
    // Not always one after the other: Python 2's cPickle counts from one.
    if (index > count_ && index >= most_)
      operands_.fail("puts a value into a memo that is too far away");
    count_ = std::max(count_, index + 1);
    if (index >= wanted_.size() || !wanted_[static_cast<std::size_t>(index)]) return nullptr;
    is_kept_[static_cast<std::size_t>(index)] = true;
    return values_ + index;
  }

  /// MEMOIZE: the place behind all others. It counts the memo's entries, which are those below count_
  /// unless other opcodes left gaps.
  std::uint64_t next() {
    if (count_ != memoized_) operands_.fail("memoizes behind a memo with gaps");
    return memoized_++;
  }

  Value get(std::uint64_t index) const {
    if (index >= is_kept_.size() || !is_kept_[static_cast<std::size_t>(index)])
      operands_.fail("asks its memo for what is not there");
    return values_[index];
  }

 private:
  const PickleOperands& operands_;
  const std::size_t most_;
  const std::vector<bool> wanted_;
  Value* const values_;  // what is wanted of it
  std::vector<bool> is_kept_;
  std::uint64_t count_ = 0;     // one more than the largest index
  std::uint64_t memoized_ = 0;  // by MEMOIZE
};

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_MEMO_H_
