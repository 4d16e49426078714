#ifndef TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_OPERANDS_H_
#define TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_OPERANDS_H_
// A pickle as bytes: its opcodes and what stands behind them, taken one after the other and never past the
// end. What crosses the end of a frame is refused: Python's unpicklers read on at different places there
// (pickle_differences.md).
//
//   PickleOperands operands(bytes);
//   const Opcode opcode = operands.take_opcode();

#include <torchhub/archive/detail/bytes/damaged.h>
#include <torchhub/archive/detail/bytes/little_endian.h>
#include <torchhub/archive/detail/pickle/pickle_opcode.h>
#include <torchhub/archive/error.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace torchhub::archive::detail {

/// Every function that takes throws errc::damaged_pickle where less is left.
class PickleOperands {
 public:
  static constexpr std::size_t kMaxNumberText = 400;

  explicit PickleOperands(std::span<const std::byte> bytes)
      : begin_(reinterpret_cast<const std::uint8_t*>(bytes.data())),
        at_(begin_),
        end_(begin_ + bytes.size()),
        limit_(end_) {}

  /// PROTO and its operand, if the pickle begins with them. Throws also: for what Python would not read.
  void take_protocol();

  Opcode take_opcode() {
    opcode_at_ = at_;
    return static_cast<Opcode>(take_byte());
  }

  /// FRAME and its operand: the next so many bytes are one piece (PEP 3154).
  void take_frame();
  /// STOP. Throws: where its frame goes on.
  void take_end();

  std::uint8_t take_byte() {
    if (at_ == limit_) leave_frame(1);
    return *at_++;
  }

  /// The next `size` bytes, at most 8, as a little-endian integer.
  [[gnu::always_inline]] std::uint64_t take(std::size_t size) {
    if (size > within()) leave_frame(size);
    const std::uint64_t value = load_bytes(at_, size);
    at_ += size;
    return value;
  }

  std::string_view take_bytes(std::uint64_t size) {
    if (size > within()) leave_frame(size);
    if (size > 0xFFFFFFFFu) fail(errc::limit_exceeded, "holds a text of more than 4 GiB");
    const auto* const first = reinterpret_cast<const char*>(at_);
    at_ += size;
    return {first, static_cast<std::size_t>(size)};
  }

  /// Up to a line end, which is taken too.
  std::string_view take_line(std::size_t longest);
  /// A line that is a memo's number.
  std::uint64_t take_index() { return number_of<std::uint32_t>(take_line(kMaxNumberText)); }
  /// What a line of at most kMaxNumberText characters says. Throws: where that is no number of type T.
  template <class T>
  T number_of(std::string_view line) const {
    T value{};
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || rest != line.data() + line.size())
      fail("holds a number that is none, or beyond 64 bits");
    return value;
  }

  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  std::size_t taken() const { return static_cast<std::size_t>(at_ - begin_); }
  /// The place of the opcode that was taken last.
  std::uint64_t offset() const { return static_cast<std::uint64_t>(opcode_at_ - begin_); }

  /// "the pickle WHAT (byte OFFSET)" as an error.
  [[noreturn, gnu::cold]] void fail(std::string what) const {
    fail(errc::damaged_pickle, std::move(what));
  }
  [[noreturn, gnu::cold]] void fail(errc code, std::string what) const {
    throw_at(code, offset(), "the pickle " + std::move(what));
  }

 private:
  std::size_t within() const { return static_cast<std::size_t>(limit_ - at_); }
  // For the next `size` bytes, of which the frame has too few: it must have ended.
  [[gnu::cold]] void leave_frame(std::uint64_t size);
  bool is_in_frame() const { return is_framed_ && at_ != limit_; }

  const std::uint8_t* const begin_;
  const std::uint8_t* at_;
  const std::uint8_t* const end_;
  const std::uint8_t* limit_;  // the frame's end, or end_
  bool is_framed_ = false;
  const std::uint8_t* opcode_at_ = begin_;
};

namespace pickle_operands_detail {

inline constexpr std::uint8_t kMinProtocol = 2;  // of those that say so
inline constexpr std::uint8_t kMaxProtocol = 5;

}  // namespace pickle_operands_detail

inline void PickleOperands::take_protocol() {
  if (at_ == end_ || *at_ != static_cast<std::uint8_t>(Opcode::proto)) return;
  take_byte();
  const std::uint8_t protocol = take_byte();
  if (protocol < pickle_operands_detail::kMinProtocol ||
      protocol > pickle_operands_detail::kMaxProtocol)
    fail("is of protocol " + std::to_string(protocol) + "; 0 to 5 are read");
}

inline void PickleOperands::take_frame() {
  const std::uint64_t size = take(8);
  if (is_in_frame()) fail("begins a frame within a frame");
  if (size > left()) fail("has a frame that is longer than what is left");
  limit_ = at_ + size;
  is_framed_ = true;
}

inline void PickleOperands::take_end() {
  if (is_in_frame()) fail("ends before its frame does");
}

inline void PickleOperands::leave_frame(std::uint64_t size) {
  if (is_in_frame() && size <= left()) fail("crosses the end of a frame");
  if (size > left()) fail("is cut off, or holds a text that is longer than what is left");
  limit_ = end_;
  is_framed_ = false;
}

inline std::string_view PickleOperands::take_line(std::size_t longest) {
  if (at_ == limit_) leave_frame(1);
  const auto* const first = reinterpret_cast<const char*>(at_);
  const std::size_t searched = std::min(within(), longest + 1);
  const void* const newline = std::memchr(first, '\n', searched);
  if (!newline && searched == within() && limit_ != end_) fail("crosses the end of a frame");
  if (!newline) fail("holds a line that does not end, or a name of more than 256 characters");
  const auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - first);
  at_ += size + 1;
  return {first, size};
}

}  // namespace torchhub::archive::detail

#endif  // TORCHHUB_ARCHIVE_DETAIL_PICKLE_PICKLE_OPERANDS_H_
